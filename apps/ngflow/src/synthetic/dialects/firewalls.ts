import type { Dialect } from "./dialect.ts";

const FORTIGATE = "1/8 23/8 2/4 24/4 22/4 21/4 7/2 11/2 10/2 14/2 4/1 95/9 65/2 89/1 136/1";
const PALO_ALTO = "1/8 2/4 4/1 5/1 6/1 7/2";
const PALO_ALTO4 = `${PALO_ALTO} 8/4 10/4 11/2 12/4 14/4 21/4 22/4 32/2 61/1 148/8 233/1`;
const PALO_ALTO6 = `${PALO_ALTO} 27/16 10/4 11/2 28/16 14/4 21/4 22/4 32/2 61/1 148/8 233/1`;
const APPLICATION = { 346: 25_461, 56_701: "ssl", 56_702: "example\\alice" };

/** Firewalls that export flows, with the templates that captures of them have. */
export const FIREWALLS = {
  fortigate: {
    format: "v9",
    label: "FortiGate: counters before and after, fields of 8 bytes",
    domain: 1,
    templates: [
      { id: 258, fields: `${FORTIGATE} 8/4 12/4`, constants: { 95: "\u0014\0\0\0\u0001\0\0\u0001\u00bb" } },
      { id: 259, fields: `${FORTIGATE} 27/16 28/16`, constants: { 95: "\u0014" } },
      { id: 262, fields: `${FORTIGATE} 8/4 12/4 225/4 226/4 227/2 228/2`, constants: { 95: "\u0014" } },
      { id: 264, fields: `${FORTIGATE} 27/16 28/16 281/16 282/16 227/2 228/2`, constants: { 95: "\u0014" } },
    ],
    options: [
      {
        id: 256,
        scopes: 1,
        fields: "1/2 40/8 41/8 42/8 36/2 37/2 34/4 35/1",
        constants: { 1: 0 },
      },
    ],
  },
  paloalto: {
    format: "v9",
    label: "PAN-OS: eight templates, application and user as text",
    domain: 1,
    templates: [
      { id: 256, fields: PALO_ALTO4, constants: { 233: 2 } },
      { id: 260, fields: `${PALO_ALTO4} 225/4 226/4 227/2 228/2`, constants: { 233: 2 } },
      { id: 258, fields: PALO_ALTO6, constants: { 233: 2 } },
      { id: 262, fields: `${PALO_ALTO6} 281/16 282/16 227/2 228/2`, constants: { 233: 2 } },
      { id: 257, fields: `${PALO_ALTO4} 346/4 56701/32 56702/64`, constants: { ...APPLICATION, 233: 2 } },
      {
        id: 261,
        fields: `${PALO_ALTO4} 225/4 226/4 227/2 228/2 346/4 56701/32 56702/64`,
        constants: { ...APPLICATION, 233: 2 },
      },
      { id: 259, fields: `${PALO_ALTO6} 346/4 56701/32 56702/64`, constants: { ...APPLICATION, 233: 2 } },
      {
        id: 263,
        fields: `${PALO_ALTO6} 281/16 282/16 227/2 228/2 346/4 56701/32 56702/64`,
        constants: { ...APPLICATION, 233: 2 },
      },
    ],
  },
  sonicwall: {
    format: "ipfix",
    label: "SonicWall: uptimes without a boot time, IPv4 only",
    domain: 0,
    templates: [{ id: 256, fields: "8/4 12/4 10/4 14/4 2/4 1/4 22/4 21/4 7/2 11/2 4/1 6/1 5/1" }],
  },
} as const satisfies Record<string, Dialect>;
