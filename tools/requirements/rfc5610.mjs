import { absent, COLLECTOR, done, EXPORTER, FILES as F, otherwise } from "./row.mjs";

/** The rules of RFC 5610, in our words: exporters describe elements of their own. */
export const RFC5610 = [
  [
    "3.1",
    COLLECTOR,
    "A record may give the abstract type of an element, by number.",
    done([F.types, "name a field and give it a type, from the description on"]),
  ],
  [
    "3.2, 3.3",
    COLLECTOR,
    "A record may give the name and a description of an element.",
    done([F.types, "name a field and give it a type, from the description on"]),
  ],
  [
    "3.4 to 3.7",
    COLLECTOR,
    "A record may give range, semantics and units of an element.",
    otherwise("They are printed by `ngflow decode` and not kept: nothing that ngflow computes depends on them."),
  ],
  [
    "3.9",
    COLLECTOR,
    "Enterprise number and element id are the scope of a record. It holds for the exporter that sent it.",
    done(
      [F.types, "hold in their domain, those of domain 0 in all of the exporter, and never for another exporter"],
      [F.described, "prints fields by the names that their exporter sent for them"],
    ),
  ],
  [
    "4",
    COLLECTOR,
    "Records are not believed where they would change elements that are known otherwise.",
    done(
      [F.types, "cannot change what the registry has, take one of its names, or have a name that is none"],
      [F.types, "may be described again, and a template changes its names once a second at most"],
    ),
  ],
  ["3.9", EXPORTER, "An exporter of private elements may describe them.", absent("The exporter sends IANA's only.")],
];
