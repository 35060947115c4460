import type { Dialect, DialectOptions } from "../synthetic/dialects/dialect.ts";

/** One who tells a part of the story. */
export interface StoryExporter {
  readonly name: string;
  /** Where it sends from. */
  readonly address: Uint8Array;
  /** Its hosts are in 10.SITE.0.0/16. */
  readonly site: number;
  readonly dialect: Dialect;
  /** Flow records of ordinary traffic every minute. */
  readonly recordsPerMinute: number;
  /** How far its clock is off, milliseconds. */
  readonly clockOffMs: number;
  /** Every so many datagrams of flows one is lost on the way; 0 for none. */
  readonly losesEvery: number;
}

const FLOWS = "8/4 12/4 7/2 11/2 4/1 5/1 6/1 1/8 2/8 10/4 14/4 61/1";
const NAME_BYTES = 24;

/** Names as exporters send them: a template of options each, with one record. */
function interfaceName(i: number, index: number, name: string, description: string): DialectOptions {
  const fields = `10/4 82/${NAME_BYTES} 83/${NAME_BYTES}`;
  return { id: 400 + i, scopes: 1, fields, constants: { 10: index, 82: name, 83: description } };
}

function ownName(domain: number, name: string): DialectOptions {
  return { id: 399, scopes: 1, fields: `149/4 300/${NAME_BYTES}`, constants: { 149: domain, 300: name } };
}

function ipfix(name: string, domain: number, uplink: string): Dialect {
  const inside = [1, 2, 3, 4].map((floor, i) => interfaceName(i + 1, floor, `ge-0/0/${floor}`, `floor ${floor}`));
  return {
    format: "ipfix",
    label: "",
    domain,
    templates: [{ id: 300, fields: `${FLOWS} 152/8 153/8` }],
    options: [ownName(domain, name), interfaceName(0, 10, "uplink", uplink), ...inside],
    templateEvery: 20,
  };
}

/** The branch's firewall sends NetFlow v9: its times are relative to a clock that is wrong. */
const V9: Dialect = {
  format: "v9",
  label: "",
  domain: 3,
  templates: [{ id: 300, fields: `${FLOWS} 22/4 21/4` }],
  templateEvery: 20,
};

/** The office, whose gateway sees everything that happens, and two whose exporters are at fault. */
export const STORY_EXPORTERS: readonly StoryExporter[] = [
  {
    name: "office-gw",
    address: Uint8Array.of(127, 1, 0, 1),
    site: 20,
    dialect: ipfix("office-gw", 1, "to provider, 100 Mbit/s"),
    recordsPerMinute: 200,
    clockOffMs: 0,
    losesEvery: 0,
  },
  {
    name: "warehouse-gw",
    address: Uint8Array.of(127, 1, 0, 2),
    site: 30,
    dialect: ipfix("warehouse-gw", 2, "radio, loses packets"),
    recordsPerMinute: 60,
    clockOffMs: 0,
    losesEvery: 8,
  },
  {
    name: "branch-fw",
    address: Uint8Array.of(127, 1, 0, 3),
    site: 40,
    dialect: V9,
    recordsPerMinute: 60,
    clockOffMs: -45 * 60_000,
    losesEvery: 0,
  },
];
