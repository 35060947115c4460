import { RFC3954 } from "./rfc3954.mjs";
import { RFC5610 } from "./rfc5610.mjs";
import { RFC5655 } from "./rfc5655.mjs";
import { RFC7011 } from "./rfc7011.mjs";
import { RFC7012 } from "./rfc7012.mjs";

/** The rules of each RFC: section, whom it binds, the rule, what became of it. */
export const TABLES = [
  { rfc: 7011, title: "IPFIX protocol", rows: RFC7011 },
  { rfc: 5655, title: "IPFIX files", rows: RFC5655 },
  { rfc: 7012, title: "IPFIX information model", rows: RFC7012 },
  { rfc: 5610, title: "type information", rows: RFC5610 },
  { rfc: 3954, title: "NetFlow v9", rows: RFC3954 },
];
