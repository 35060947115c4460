import type { Dialect } from "./dialect.ts";

/** NSEL events (element 233, NF_F_FW_EVENT). */
const CREATED = { 233: 1 };
const TORN_DOWN = { 233: 2 };
const DENIED = { 233: 3 };
const USER = { 40_000: "LOCAL\\guest" };

const KEY4 = "8/4 7/2 10/2 12/4 11/2 14/2 4/1 176/1 177/1";
const KEY6 = "27/16 7/2 10/2 28/16 11/2 14/2 4/1 178/1 179/1";
const NAT4 = "225/4 226/4 227/2 228/2";
const NAT6 = "281/16 282/16 227/2 228/2";
const EVENT = "233/1 33002/2 323/8";
const ACCESS_LISTS = "33000/12 33001/12";

/** Security events of a firewall: no packet counts, both directions in one record, many templates. */
export const ASA: Dialect = {
  format: "v9",
  label: "Cisco ASA, security events (NSEL)",
  domain: 0,
  templates: [
    {
      id: 256,
      fields: `148/4 ${KEY4} ${NAT4} ${EVENT} 152/8 ${ACCESS_LISTS} 40000/20`,
      constants: { ...CREATED, ...USER },
    },
    {
      id: 258,
      fields: `148/4 ${KEY6} ${NAT6} ${EVENT} 152/8 ${ACCESS_LISTS} 40000/20`,
      constants: { ...CREATED, ...USER },
    },
    { id: 261, fields: `${KEY4} ${EVENT} ${ACCESS_LISTS}`, constants: DENIED },
    { id: 262, fields: `${KEY6} ${EVENT} ${ACCESS_LISTS}`, constants: DENIED },
    { id: 263, fields: `148/4 ${KEY4} ${NAT4} ${EVENT} 231/4 232/4 152/8`, constants: TORN_DOWN },
    { id: 264, fields: `148/4 ${KEY6} ${NAT6} ${EVENT} 231/4 232/4 152/8`, constants: TORN_DOWN },
    {
      id: 266,
      fields: `148/4 ${KEY4} ${NAT4} ${EVENT} 231/4 232/4 152/8 ${ACCESS_LISTS} 40000/65`,
      constants: { ...TORN_DOWN, ...USER },
    },
    {
      id: 268,
      fields: `148/4 ${KEY6} ${NAT6} ${EVENT} 231/4 232/4 152/8 ${ACCESS_LISTS} 40000/65`,
      constants: { ...TORN_DOWN, ...USER },
    },
  ],
};
