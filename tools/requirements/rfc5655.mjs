import { absent, BOTH, COLLECTOR, done, EXPORTER, FILES as F } from "./row.mjs";

const NO_WRITER = "ngflow writes no IPFIX files: its exporter writes captures, or sends.";

/** The MUSTs of RFC 5655, in our words. The reader is `ngflow decode FILE`. */
export const RFC5655 = [
  [
    "5",
    COLLECTOR,
    "Any valid stream of messages is a file; nothing is between them.",
    done([F.file, "reads bare datagrams one after the other"]),
  ],
  [
    "5.1",
    COLLECTOR,
    "A message may have templates, options templates and data.",
    done([
      F.file,
      "an IPFIX file: one message with all kinds of sets, and templates that are sent again, defined again and withdrawn",
    ]),
  ],
  [
    "5.1",
    COLLECTOR,
    "A template may be sent again; a different one replaces it.",
    done([
      F.file,
      "an IPFIX file: one message with all kinds of sets, and templates that are sent again, defined again and withdrawn",
    ]),
  ],
  [
    "5.1",
    COLLECTOR,
    "Withdrawals of known templates are accepted.",
    done([
      F.file,
      "an IPFIX file: one message with all kinds of sets, and templates that are sent again, defined again and withdrawn",
    ]),
  ],
  ["5.2", EXPORTER, "A writer writes valid messages, templates before data.", absent(NO_WRITER)],
  [
    "7.1 to 7.4",
    COLLECTOR,
    "Options about the file (session, checksums, time window, types) are records like others: they may be ignored.",
    done([F.file, "an IPFIX file: options about the file are printed by name and hide no flow"]),
  ],
  ["8", EXPORTER, "Options about a file have the scopes and elements of this section.", absent(NO_WRITER)],
  [
    "9",
    BOTH,
    "A signed or encrypted file is CMS; the signature is of the bytes of the file.",
    absent("Signing is optional. Verify and decrypt a file with openssl first."),
  ],
  [
    "10.3",
    COLLECTOR,
    "Damage is detected by lengths and versions.",
    done([F.file, "says where bare datagrams end in garbage, after what came before"]),
  ],
  [
    "11",
    BOTH,
    "A compressed file is of bzip2 or gzip.",
    absent("Compression is optional. Pipe a file through zcat or bzcat."),
  ],
];
