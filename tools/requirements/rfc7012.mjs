import { absent, BOTH, COLLECTOR, done, EXPORTER, FILES as F } from "./row.mjs";

const NO_NEW = "ngflow defines no elements of its own.";

/** The MUSTs of RFC 7012, in our words. Most are about the registry, of which ngflow has a copy. */
export const RFC7012 = [
  ["2.1", BOTH, "An element has a name, an id, a description, a type and a status.", done([F.registry, "%i is %s"])],
  [
    "2.1",
    BOTH,
    "Ids without an enterprise number are those that IANA assigned.",
    done([F.registry, "has every id and every name once"]),
  ],
  [
    "2.1",
    BOTH,
    "An element of an enterprise is known by its id and its enterprise number.",
    done(
      [F.enterprise, "round-trips every name"],
      [F.enterprise, "has ids that fit: 15 bits next to an enterprise bit, v9 types above IANA's without one"],
    ),
  ],
  [
    "2.3",
    BOTH,
    "Names are unique in the registry.",
    done(
      [F.registry, "has every id and every name once"],
      [F.enterprise, "has no name twice, but for those of IANA's elements"],
    ),
  ],
  ["3.1", BOTH, "The abstract types are encoded as RFC 7011 section 6 says.", done([F.value, "fieldValue"])],
  [
    "3.1",
    COLLECTOR,
    "basicList, subTemplateList and subTemplateMultiList are read (RFC 6313).",
    done(
      [F.lists, "reads a basicList, of enterprise and of variable-length elements too"],
      [F.lists, "reads lists of records, and lists in them"],
    ),
  ],
  [
    "3.2.2",
    COLLECTOR,
    "A total counter counts from the start of the flow.",
    done([F.totals, "totals of a running flow"]),
  ],
  [
    "3.2.3",
    BOTH,
    "A delta counter counts since the previous report.",
    done([F.totals, "deltas of a flow whose start stays"], [F.engine, "%s: exactly the flows of a naive map"]),
  ],
  [
    "3.2.4, 3.2.5",
    COLLECTOR,
    "Identifiers and flags are not summed.",
    absent("Only packets, bytes and flows are sums of ngflow."),
  ],
  [
    "4",
    BOTH,
    "Ids 1 to 127 are those of NetFlow v9.",
    done([F.protocols, "reads templates, options with scope, data, and unknown types"]),
  ],
  ["5", EXPORTER, "A new element is defined in the way of this section.", absent(NO_NEW)],
  ["6, 7", BOTH, "The registry changes by expert review.", absent("A rule for IANA. The copy names its date.")],
];
