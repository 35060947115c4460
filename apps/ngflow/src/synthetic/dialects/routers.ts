import type { Dialect } from "./dialect.ts";

/** Routers and switches, with the templates that captures of them have. */
export const ROUTERS = {
  cisco: {
    format: "v9",
    label: "Cisco ASR 9000, sampler table in options",
    domain: 2177,
    templates: [
      {
        id: 260,
        fields:
          "2/4 1/4 8/4 12/4 10/4 14/4 21/4 22/4 7/2 11/2 16/4 17/4 18/4 9/1 13/1 4/1 6/1 5/1 61/1 89/1 48/2 234/4 235/4",
      },
      {
        id: 266,
        fields:
          "2/4 1/4 27/16 28/16 10/4 14/4 22/4 21/4 31/4 64/4 7/2 11/2 16/4 17/4 63/16 30/1 29/1 4/1 6/1 5/1 61/1 89/1 " +
          "48/2 234/4 235/4",
      },
    ],
    options: [
      {
        id: 257,
        scopes: 1,
        fields: "1/4 48/2 50/4 49/1 84/32",
        constants: { 1: 0, 84: "SAMPLER" },
        sampling: true,
      },
      { id: 334, scopes: 1, fields: "1/4 234/4 236/32", constants: { 1: 0, 236: "default" } },
    ],
  },
  huawei: {
    format: "v9",
    label: "Huawei NetStream: reduced lengths, paddings, IPv4 only",
    domain: 0,
    templates: [
      {
        id: 1315,
        fields:
          "8/4 12/4 15/4 2/4 1/4 22/4 21/4 18/4 10/2 14/2 7/2 11/2 16/2 17/2 58/2 59/2 232/2 6/1 4/1 5/1 9/1 13/1 " +
          "61/1 89/1 210/3",
        constants: { 232: 0 },
      },
    ],
  },
  juniper: {
    format: "v9",
    label: "Juniper SRX: sampling in options without a scope, IPv4 only",
    domain: 142,
    templates: [
      {
        id: 257,
        fields: "8/4 12/4 5/1 4/1 7/2 11/2 32/2 10/4 9/1 13/1 16/4 17/4 18/4 6/1 14/4 15/4 1/4 2/4 22/4 21/4 60/1",
      },
    ],
    options: [{ id: 256, scopes: 0, fields: "35/1 34/4" }],
  },
  mikrotik: {
    format: "ipfix",
    label: "MikroTik: uptimes without a boot time, NAT addresses",
    domain: 0,
    templates: [
      { id: 258, fields: "60/1 22/4 21/4 2/4 1/4 7/2 11/2 10/4 14/4 4/1 6/1 8/4 12/4 15/4 225/4 226/4" },
      { id: 259, fields: "60/1 22/4 21/4 2/4 1/4 7/2 11/2 10/4 14/4 4/1 6/1 27/16 28/16 62/16" },
    ],
    templateEvery: 20,
  },
  softflowd: {
    format: "v9",
    label: "softflowd 0.9",
    domain: 0,
    templates: [
      { id: 1024, fields: "8/4 12/4 21/4 22/4 1/4 2/4 10/4 14/4 7/2 11/2 4/1 6/1 60/1 5/1" },
      { id: 2048, fields: "27/16 28/16 21/4 22/4 1/4 2/4 10/4 14/4 7/2 11/2 4/1 6/1 60/1 5/1" },
    ],
    templateEvery: 16,
  },
  ubiquiti: {
    format: "v9",
    label: "Ubiquiti EdgeRouter: addresses of both links",
    domain: 0,
    templates: [
      {
        id: 1024,
        fields: "21/4 22/4 1/4 2/4 60/1 10/2 14/2 61/1 3/4 8/4 12/4 7/2 11/2 5/1 6/1 4/1 56/6 80/6 58/2 201/4",
        constants: { 3: 1 },
      },
      {
        id: 1025,
        fields: "21/4 22/4 1/4 2/4 60/1 10/2 14/2 61/1 3/4 8/4 12/4 7/2 11/2 5/1 6/1 4/1 81/6 57/6 59/2 201/4",
        constants: { 3: 1 },
      },
      {
        id: 2048,
        fields: "21/4 22/4 1/4 2/4 60/1 10/2 14/2 61/1 3/4 27/16 28/16 5/1 7/2 11/2 6/1 4/1 56/6 80/6 58/2 201/4",
        constants: { 3: 1 },
      },
    ],
  },
  vmware: {
    format: "ipfix",
    label: "VMware distributed switch: elements of an enterprise",
    domain: 0,
    templates: [
      {
        id: 264,
        fields:
          "8/4 12/4 1/8 2/8 152/8 153/8 7/2 11/2 10/4 14/4 351/8 4/1 136/1 6/1 5/1 53/1 61/1 6876.890/2 6876.888/2 " +
          "6876.889/1 210/1",
      },
      {
        id: 265,
        fields:
          "27/16 28/16 1/8 2/8 152/8 153/8 7/2 11/2 10/4 14/4 351/8 4/1 136/1 6/1 5/1 53/1 61/1 6876.890/2 " +
          "6876.888/2 6876.889/1 210/1",
      },
    ],
  },
} as const satisfies Record<string, Dialect>;
