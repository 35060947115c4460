import { isMappedIpv4, parseIp } from "@ngflow/base";
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from "yaml";
import { NamesError } from "../errors.ts";
import { flatten, type ValuedPrefix } from "../ranges/flatten.ts";
import type { RangeTable } from "../ranges/range-table.ts";
import { nameText } from "../text.ts";
import { readCsv } from "./read-csv.ts";

export const NETWORK_FIELDS = ["name", "site", "role", "region", "tenant"] as const;

/** What a network is called; empty where it is not. */
export type Network = Readonly<Record<(typeof NETWORK_FIELDS)[number], string>>;

/** Networks as ranges. Values are positions in `networks`, from 1. */
export interface Networks {
  readonly ranges: RangeTable;
  readonly networks: readonly Network[];
  readonly prefixes: number;
}

/** Most prefixes of a file. */
export const MAX_NETWORKS = 200_000;

/**
 * Reads networks: YAML or JSON, a list of maps with `cidr` and `name`, `site`, `role`, `region`, `tenant`, or a map of
 * them by CIDR; or CSV whose first line names its columns. The longest prefix of an address holds.
 *
 * @throws NamesError `names-invalid` with the line
 */
export function readNetworks(text: string): Networks {
  const known = new Map<string, number>();
  const networks: Network[] = [];
  const prefixes: ValuedPrefix[] = [];
  for (const { line, fields } of isYaml(text) ? yamlRows(text) : csvRows(text)) {
    const cidr = fields["cidr"] ?? fields["prefix"] ?? fields["network"] ?? "";
    const prefix = parsePrefix(cidr);
    if (typeof prefix === "string") fail(line, `"${nameText(cidr)}" ${prefix}`);
    if (prefixes.length >= MAX_NETWORKS) fail(line, `more than ${MAX_NETWORKS} networks`);
    const network = Object.fromEntries(NETWORK_FIELDS.map((field) => [field, nameText(fields[field])])) as Network;
    const key = JSON.stringify(NETWORK_FIELDS.map((field) => network[field]));
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = networks.push(network)));
    prefixes.push({ ...(prefix as { bytes: Uint8Array; length: number }), value });
  }
  return { ranges: flatten(prefixes), networks, prefixes: prefixes.length };
}

interface Row {
  /** From 1. */
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** CSV has a header with commas; a list or map of YAML or JSON has none in its first line, or begins with a bracket. */
function isYaml(text: string): boolean {
  const first = text.split("\n").find((line) => line.trim() !== "" && !line.startsWith("#")) ?? "";
  return /^\s*(?:[[{-]|["']?[0-9A-Fa-f.:]+(?:\/\d+)?["']?\s*:)/.test(first) || !first.includes(",");
}

function* csvRows(text: string): Generator<Row> {
  for (const row of readCsv(text, (line, fault) => fail(line, fault))) {
    if (!["cidr", "prefix", "network"].some((name) => name in row.fields))
      fail(1, "the first line names the columns; one of them is cidr");
    yield row;
  }
}

function* yamlRows(text: string): Generator<Row> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const error = document.errors[0];
  if (error !== undefined)
    fail(lines.linePos(error.pos[0]).line, error.message.split("\n")[0]!.replace(/ at line .*$/, ""));
  const lineOf = (node: unknown): number => (isNode(node) ? lines.linePos(node.range?.[0] ?? 0).line : 1);
  const { contents } = document;
  if (isSeq(contents)) {
    for (const item of contents.items) {
      if (!isMap(item)) fail(lineOf(item), "expected a network with cidr and name");
      yield { line: lineOf(item), fields: fieldsOf(item as YAMLMap, lineOf) };
    }
  } else if (isMap(contents)) {
    for (const { key, value } of contents.items) {
      const cidr = isScalar(key) ? String(key.value) : "";
      const line = lineOf(key);
      const fields = isMap(value) ? fieldsOf(value, lineOf) : { name: nameText(isScalar(value) ? value.value : "") };
      yield { line, fields: { ...fields, cidr } };
    }
  } else if (text.trim() !== "") fail(1, "expected a list of networks, each with cidr and name");
}

const KNOWN: readonly string[] = [...NETWORK_FIELDS, "cidr", "prefix", "network"];

function fieldsOf(map: YAMLMap, lineOf: (node: unknown) => number): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { key, value } of map.items) {
    const name = isScalar(key) ? String(key.value).toLowerCase() : "";
    if (!KNOWN.includes(name))
      fail(lineOf(key), `"${nameText(name)}" is not a key; those are ${KNOWN.slice(0, 6).join(", ")}`);
    fields[name] = isScalar(value) && value.value !== null ? String(value.value) : "";
  }
  return fields;
}

/** A prefix in 128 bits; a single address is one. Answers the problem as text. */
export function parsePrefix(text: string): { readonly bytes: Uint8Array; readonly length: number } | string {
  const [address = "", length, ...others] = text.trim().split("/");
  const bytes = parseIp(address);
  if (bytes === undefined || others.length > 0) return "is not a prefix; write 192.0.2.0/24 or 2001:db8::/32";
  const isV4 = isMappedIpv4(bytes) && !address.includes(":");
  const most = isV4 ? 32 : 128;
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > most))
    return `has no length from 0 to ${most}`;
  const bits = (length === undefined ? most : Number(length)) + (isV4 ? 96 : 0);
  for (let bit = bits; bit < 128; bit++) {
    if ((bytes[bit >> 3]! & (128 >> (bit & 7))) !== 0)
      return `has bits behind its length; the network is not the one that is written`;
  }
  return { bytes, length: bits };
}

function fail(line: number, fault: string): never {
  throw new NamesError("names-invalid", `line ${line}: ${fault}`);
}
