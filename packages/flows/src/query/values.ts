import { parseIp } from "@ngflow/base";
import type { ColumnKind, FlowColumn, ValueNames } from "../column.ts";
import { columnByName } from "../column-by-name.ts";
import type { ColumnName } from "../columns.ts";
import type { Literal } from "./tree.ts";

/** One value, or with `high` all values from `low` to `high` inclusive. */
export interface LiteralRange {
  readonly low: Literal;
  readonly high: Literal | undefined;
}

/** Largest value a kind holds. */
const MAX: Readonly<Record<Exclude<ColumnKind, "ip">, bigint>> = {
  u8: 0xffn,
  u16: 0xffffn,
  u32: 0xffff_ffffn,
  u64: 0xffff_ffff_ffff_ffffn,
  ms: 0x7fff_ffff_ffff_ffffn,
  mac: 0xffff_ffff_ffffn,
};
const SUFFIX: Readonly<Record<string, bigint>> = {
  "": 1n,
  k: 1000n,
  m: 1_000_000n,
  g: 1_000_000_000n,
  t: 1_000_000_000_000n,
};

/** Reads the text of a filter value for a column. Answers the problem as text when it does not fit. */
export function parseValue(name: ColumnName, text: string): LiteralRange | string {
  const column = columnByName(name);
  const { kind } = column;
  if (kind === "ip") return parseAddressRange(text);
  const single = parseUint(column, text);
  if (single !== undefined) {
    if (single > MAX[kind]) return `${text} is above ${MAX[kind]}, the most ${name} holds`;
    return { low: { kind: "uint", value: single }, high: undefined };
  }
  const dash = kind === "ms" ? -1 : text.indexOf("-", 1);
  if (dash > 0) {
    const low = parseUint(column, text.slice(0, dash));
    const high = parseUint(column, text.slice(dash + 1));
    if (low !== undefined && high !== undefined) {
      if (high > MAX[kind]) return `${text.slice(dash + 1)} is above ${MAX[kind]}, the most ${name} holds`;
      return low > high
        ? `the range ${text} is empty`
        : { low: { kind: "uint", value: low }, high: { kind: "uint", value: high } };
    }
  }
  return `"${text}" is not a ${expected(column)}`;
}

function expected({ kind, names }: FlowColumn): string {
  if (kind === "ms") return "time (ISO 8601)";
  if (kind === "mac") return "MAC address";
  return names?.what ?? "number";
}

function parseUint({ kind, names, show }: FlowColumn, text: string): bigint | undefined {
  if (kind === "ms") {
    const ms = parseTime(text);
    return ms === undefined ? undefined : BigInt(ms);
  }
  if (kind === "mac")
    return /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text) ? BigInt(`0x${text.replaceAll(/[:-]/g, "")}`) : undefined;
  if (/^0x[0-9a-f]+$/i.test(text)) return BigInt(text);
  const number = /^(\d+)([kmgt]?)$/i.exec(text);
  if (number) return BigInt(number[1]!) * SUFFIX[number[2]!.toLowerCase()]!;
  if (names) return valueOfName(names, text.toLowerCase());
  if (show?.as === "flags" && /^[a-z]+$/i.test(text)) return bitsOfLetters(show.letters, text.toUpperCase());
  return undefined;
}

function valueOfName({ byValue, synonyms }: ValueNames, name: string): bigint | undefined {
  const found = Object.entries(byValue).find(([, candidate]) => candidate === name)?.[0] ?? synonyms?.[name];
  return found === undefined ? undefined : BigInt(found);
}

/** The number whose set bits have these letters; bit 0 has the first of `letters`. */
function bitsOfLetters(letters: string, text: string): bigint | undefined {
  let bits = 0;
  for (const letter of text) {
    const bit = letters.indexOf(letter);
    if (bit < 0) return undefined;
    bits |= 1 << bit;
  }
  return BigInt(bits);
}

/** Unix milliseconds of ISO 8601 with a date; without an offset the time is UTC. Undefined when it is none. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text);
  if (!match) return undefined;
  const offset = (match[4] ?? "Z").toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  const ms = Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? ":00"}${offset}`);
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}

/** An address, a prefix (`10.0.0.0/8`), or two addresses with a dash; IPv4 lengths count from the IPv4 part. */
function parseAddressRange(text: string): LiteralRange | string {
  const slash = text.indexOf("/");
  if (slash >= 0) {
    const base = parseIp(text.slice(0, slash));
    const lengthText = text.slice(slash + 1);
    const v4 = !text.includes(":");
    if (!base || !/^\d{1,3}$/.test(lengthText)) return `"${text}" is not a prefix`;
    const length = Number(lengthText) + (v4 ? 96 : 0);
    if (length > 128) return `"${text}" is not a prefix: its length is above ${v4 ? 32 : 128}`;
    const low = base.slice();
    const high = base.slice();
    for (let bit = length; bit < 128; bit++) {
      const mask = 0x80 >> (bit & 7);
      low[bit >> 3]! &= ~mask;
      high[bit >> 3]! |= mask;
    }
    return { low: { kind: "ip", bytes: low }, high: length === 128 ? undefined : { kind: "ip", bytes: high } };
  }
  const dash = text.indexOf("-");
  const low = parseIp(dash < 0 ? text : text.slice(0, dash));
  const high = dash < 0 ? undefined : parseIp(text.slice(dash + 1));
  if (!low || (dash >= 0 && !high)) return `"${text}" is not an address or prefix`;
  if (high && compareBytes(low, high) > 0) return `the range ${text} is empty`;
  return { low: { kind: "ip", bytes: low }, high: high && { kind: "ip", bytes: high } };
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
