import { absent, BOTH, COLLECTOR, done, EXPORTER, FILES as F } from "./row.mjs";

const structure = [F.sent, "export9: every datagram keeps the rules of RFC 3954"];

/** The rules of RFC 3954, in our words: its MUSTs, and the SHOULDs for collectors. */
export const RFC3954 = [
  [
    "4, 5",
    EXPORTER,
    "Integers are in network byte order.",
    done(structure, [F.dissection, "tshark reports no expert info, of any severity, about what ngflow exports"]),
  ],
  ["5.1", EXPORTER, "The count is of all records of the datagram, templates included.", done(structure)],
  ["5.1", EXPORTER, "The sequence number counts the datagrams of the source id.", done(structure)],
  [
    "5.1",
    COLLECTOR,
    "Missing datagrams are found by sequence numbers.",
    done(
      [F.sequence, "turns lost v9 datagrams into records by the mean"],
      [F.sequence, "learns that a v9 exporter counts records"],
    ),
  ],
  [
    "5.1",
    COLLECTOR,
    "Streams of an exporter are told apart by address and source id.",
    done([F.collector, "are kept apart by address, port and domain"]),
  ],
  [
    "5.2",
    BOTH,
    "Template ids are above 255; ids of sets up to 255 are reserved.",
    done(structure, [F.protocols, "%s: reserved sets, and a datagram that was cut"]),
  ],
  [
    "5.2",
    COLLECTOR,
    "The length of a set leads to the next set, of whatever kind.",
    done([F.protocols, "one unreadable thing does not hide the rest"]),
  ],
  [
    "5.3",
    COLLECTOR,
    "The id of a data set names its template.",
    done([F.protocols, "reads templates, options with scope, data, and unknown types"]),
  ],
  [
    "5.3",
    BOTH,
    "Sets are padded to four bytes, with zeros; the length includes the padding.",
    done(structure, [F.rules, "padding is passed over, of zeros or not"]),
  ],
  [
    "6.1",
    BOTH,
    "Lengths of scope and options are in bytes; scopes are System, Interface, Line Card, Cache, Template.",
    done(structure, [F.facts, "v9: interface, template, system"]),
  ],
  [
    "6.2",
    COLLECTOR,
    "The id of an options data set names its template.",
    done([F.protocols, "reads templates, options with scope, data, and unknown types"]),
  ],
  [
    "7",
    EXPORTER,
    "Template ids are unique per source id and keep their meaning while the exporter runs.",
    done([
      F.fields,
      "changes the choice: cached flows leave with the old templates, later ones with templates of their own",
    ]),
  ],
  ["7", EXPORTER, "No data is sent before its template and options template.", done(structure)],
  [
    "7",
    EXPORTER,
    "Templates are sent again after a number of datagrams and after a time; both can be set.",
    done([F.netflow, "sends templates in the first datagram and again after the set number of datagrams and seconds"]),
  ],
  [
    "7",
    EXPORTER,
    "A new configuration has new template ids, sent at once.",
    done([
      F.fields,
      "changes the choice: cached flows leave with the old templates, later ones with templates of their own",
    ]),
  ],
  [
    "7",
    COLLECTOR,
    "Templates are stored for later datagrams.",
    done([F.collector, "data of earlier datagrams keeps its own times when the template comes"]),
  ],
  [
    "7",
    COLLECTOR,
    "One id may have different templates in different source ids.",
    done([F.collector, "are kept apart by address, port and domain"]),
  ],
  [
    "7",
    COLLECTOR,
    "A new definition of an id replaces the old one.",
    done([F.rules, "an id of flows may become one of options, and back"]),
  ],
  [
    "8",
    COLLECTOR,
    "Field types without a name are kept by number.",
    done([F.protocols, "reads templates, options with scope, data, and unknown types"]),
  ],
  [
    "9",
    COLLECTOR,
    "Data that comes before its template is stored and decoded later.",
    done(
      [F.collector, "data of earlier datagrams keeps its own times when the template comes"],
      [F.work, "is decoded in slices, in its order, and counted as waiting until it is done"],
    ),
  ],
  [
    "9",
    COLLECTOR,
    "Data and its template may be in different datagrams.",
    done([F.collector, "data of earlier datagrams keeps its own times when the template comes"]),
  ],
  [
    "9",
    COLLECTOR,
    "A datagram may have several template sets.",
    done([F.rules, "a datagram may have several template sets, before and after data"]),
  ],
  [
    "9",
    COLLECTOR,
    "An expired template decodes nothing.",
    done([F.lifetime, "ends when the exporter does not send it again; data then waits for it"]),
  ],
  [
    "9",
    COLLECTOR,
    "Kept of each template: exporter, source id, template id, definition, last received.",
    done([
      "packages/collector/src/exporter-status.test.ts",
      "templates: their fields, and when they were last received",
    ]),
  ],
  [
    "9",
    COLLECTOR,
    "Templates are discarded when the exporter's clock is set.",
    absent(
      "Templates have no times: what an exporter says of its clock does not change them. What it said of its start does (a restart).",
    ),
  ],
  [
    "9",
    COLLECTOR,
    "After a restart of the exporter, new templates replace the old ones at once.",
    done(
      [F.facts, "after a restart that the uptime shows, in all source ids"],
      [F.rules, "an id of flows may become one of options, and back"],
    ),
  ],
  [
    "9",
    COLLECTOR,
    "Padding of data, options and template sets is accepted.",
    done([F.rules, "padding is passed over, of zeros or not"], [F.protocols, "takes a zero-filled tail as padding"]),
  ],
  [
    "10",
    BOTH,
    "Datagrams can be forged and read on the way.",
    absent("NetFlow v9 has no protection. `--allow-exporter` limits who may send."),
  ],
];
