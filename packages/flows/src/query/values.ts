import { parseIp } from "@ngflow/base";
import type { ColumnKind, ValueNames } from "../column.ts";
import { parseDuration } from "./duration.ts";
import { nearest } from "./nearest.ts";
import { serviceNames, servicePort } from "./services.ts";
import type { Literal, Prefix } from "./tree.ts";
import { valueByName, type ValueFacts, type ValueName } from "./value-by-name.ts";
import { fromZone } from "./zone.ts";

/** One value, or with `high` all values from `low` to `high` inclusive. */
export interface LiteralRange {
  readonly low: Literal;
  readonly high: Literal | undefined;
}

/** Largest value a kind holds. */
const MAX: Readonly<Record<Exclude<ColumnKind, "ip" | "map">, bigint>> = {
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
export function parseValue(name: ValueName, text: string): LiteralRange | string {
  const value = valueByName(name);
  const { kind } = value;
  if (kind === "ip") return parseAddressRange(text);
  if (kind === "map") return `${name} has fields by name; write ${name}.NAME = VALUE`;
  const single = parseUint(value, text);
  if (single !== undefined) {
    if (single > MAX[kind]) return `${text} is above ${MAX[kind]}, the most ${name} holds`;
    return { low: { kind: "uint", value: single }, high: undefined };
  }
  const dash = kind === "ms" ? -1 : text.indexOf("-", 1);
  if (dash > 0) {
    const low = parseUint(value, text.slice(0, dash));
    const high = parseUint(value, text.slice(dash + 1));
    if (low !== undefined && high !== undefined) {
      if (high > MAX[kind]) return `${text.slice(dash + 1)} is above ${MAX[kind]}, the most ${name} holds`;
      return low > high
        ? `the range ${text} is empty`
        : { low: { kind: "uint", value: low }, high: { kind: "uint", value: high } };
    }
  }
  const near = nearest(text, valueWords(value));
  return `"${text}" is not a ${expected(value)}${near === undefined ? "" : `; did you mean "${near}"?`}`;
}

function expected({ kind, names, show, unit }: ValueFacts): string {
  if (kind === "ms") return "time (ISO 8601)";
  if (kind === "mac") return "MAC address";
  if (unit === "ms") return "duration (60s, 500ms, or a number of milliseconds)";
  if (show?.as === "flags") return `set of TCP flags (letters of ${show.letters}, or a number)`;
  if (show?.as === "named") return ["number", ...show.names].join(", ").replace(/, (?=[^,]*$)/, " or ");
  return names?.what ?? (show?.as === "port" ? "port number or service name" : "number");
}

/** Words that a filter takes as values. */
export function valueWords({ names, show }: ValueFacts): string[] {
  if (names) return [...Object.values(names.byValue), ...Object.keys(names.synonyms ?? {})];
  if (show?.as === "port") return [...serviceNames()];
  return show?.as === "named" ? [...show.names] : [];
}

function parseUint({ kind, names, show, unit }: ValueFacts, text: string): bigint | undefined {
  if (kind === "ms") {
    const ms = parseTime(text);
    return ms === undefined ? undefined : BigInt(ms);
  }
  if (kind === "mac")
    return /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text) ? BigInt(`0x${text.replaceAll(/[:-]/g, "")}`) : undefined;
  if (names) {
    const named = valueOfName(names, text.toLowerCase());
    if (named !== undefined) return named;
  }
  if (/^0x[0-9a-f]{1,32}$/i.test(text)) return BigInt(text);
  // nfdump's k, g and t are thousands of milliseconds and so on; its m would be a million, and is minutes here.
  if (unit === "ms" && !/^\d+[kgt]?$/i.test(text)) {
    const ms = parseDuration(text);
    return ms === undefined || !Number.isSafeInteger(ms) ? undefined : BigInt(ms);
  }
  const number = /^(\d{1,40})([kmgt]?)$/i.exec(text);
  if (number) return BigInt(number[1]!) * SUFFIX[number[2]!.toLowerCase()]!;
  switch (show?.as) {
    case "flags":
      return /^[a-z]+$/i.test(text) ? bitsOfLetters(show.letters, text.toUpperCase()) : undefined;
    case "port": {
      const port = servicePort(text);
      return port === undefined ? undefined : BigInt(port);
    }
    case "named": {
      const index = show.names.indexOf(text.toLowerCase());
      return index < 0 ? undefined : BigInt(index);
    }
    case "prefixed": {
      const word = show.prefix.trim().toLowerCase();
      return text.toLowerCase().startsWith(word) && /^\d{1,20}$/.test(text.slice(word.length))
        ? BigInt(text.slice(word.length))
        : undefined;
    }
    default:
      return undefined;
  }
}

function valueOfName({ byValue, synonyms }: ValueNames, name: string): bigint | undefined {
  const found = Object.entries(byValue).find(([, candidate]) => candidate === name)?.[0] ?? synonyms?.[name];
  return found === undefined ? undefined : BigInt(found);
}

/** The values whose name fits a pattern, in which `*` and `%` stand for any text and `?` for one character. */
export function valuesLike({ names }: ValueFacts, pattern: string): Literal[] | undefined {
  if (names === undefined) return undefined;
  const fits = globMatcher(pattern.toLowerCase());
  const values = Object.entries(names.byValue).filter(([, name]) => fits(name));
  return values.map(([value]) => ({ kind: "uint", value: BigInt(value) }));
}

/** Whether a text, in any case, fits a pattern as of `~`. */
export function textMatcher(pattern: string): (text: string) => boolean {
  const fits = globMatcher(pattern.toLowerCase());
  return (text) => fits(text.toLowerCase());
}

/** Compares without a regular expression, so that no pattern takes long. */
function globMatcher(pattern: string): (text: string) => boolean {
  const parts = pattern.split(/[*%]+/);
  const fitsAt = (text: string, part: string, at: number): boolean =>
    at >= 0 && at + part.length <= text.length && [...part].every((c, i) => c === "?" || c === text[at + i]);
  return (text) => {
    if (parts.length === 1) return text.length === pattern.length && fitsAt(text, pattern, 0);
    const last = parts.at(-1)!;
    if (!fitsAt(text, parts[0]!, 0)) return false;
    let at = parts[0]!.length;
    for (const part of parts.slice(1, -1)) {
      while (at <= text.length && !fitsAt(text, part, at)) at++;
      if (at > text.length) return false;
      at += part.length;
    }
    return text.length - last.length >= at && fitsAt(text, last, text.length - last.length);
  };
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

/**
 * Unix milliseconds of ISO 8601 with a date; without an offset the time is that of the zone, or UTC. Undefined when it
 * is none.
 */
export function parseTime(text: string, zone?: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text);
  if (!match) return undefined;
  const offset = (match[4] ?? "Z").toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  const ms = Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? ":00"}${offset}`);
  // 30 February would be a day of March.
  if (Number.isNaN(ms) || new Date(`${match[1]}T00:00Z`).toISOString().slice(0, 10) !== match[1]) return undefined;
  const unixMs = zone === undefined || match[4] !== undefined ? ms : fromZone(zone, ms);
  return unixMs < 0 ? undefined : unixMs;
}

/** An address, a prefix (`10.0.0.0/8`, `10/8`), or two addresses with a dash. */
function parseAddressRange(text: string): LiteralRange | string {
  if (text.includes("/")) {
    const prefix = parsePrefix(text);
    return typeof prefix === "string" ? prefix : rangeOfPrefix(prefix);
  }
  const dash = text.indexOf("-");
  const low = parseIp(dash < 0 ? text : text.slice(0, dash));
  const high = dash < 0 ? undefined : parseIp(text.slice(dash + 1));
  if (!low || (dash >= 0 && !high)) return `"${text}" is not an address or prefix`;
  if (high && compareBytes(low, high) > 0) return `the range ${text} is empty`;
  return { low: { kind: "ip", bytes: low }, high: high && { kind: "ip", bytes: high } };
}

/**
 * A prefix of either family; lengths of IPv4 count from the IPv4 part. `10/8` is `10.0.0.0/8`.
 * An address without a length is a prefix of one address.
 */
export function parsePrefix(text: string): Prefix | string {
  const slash = text.indexOf("/");
  const v4 = !text.includes(":");
  const network = slash < 0 ? text : text.slice(0, slash);
  const parts = network.split(".").length;
  const base = parseIp(v4 && slash >= 0 && parts < 4 ? `${network}${".0".repeat(4 - parts)}` : network);
  const lengthText = slash < 0 ? (v4 ? "32" : "128") : text.slice(slash + 1);
  if (!base || !/^\d{1,3}$/.test(lengthText)) return `"${text}" is not a prefix`;
  const length = Number(lengthText) + (v4 ? 96 : 0);
  if (length > 128) return `"${text}" is not a prefix: its length is above ${v4 ? 32 : 128}`;
  return { bytes: masked(base, length), length };
}

/** The prefix of a network and its mask, as in `10.0.0.0 255.0.0.0`; undefined when the second is not a mask. */
export function prefixOfMask(network: string, mask: string): Prefix | undefined {
  const [base, bits] = [parseIp(network), parseIp(mask)];
  if (!base || !bits || mask.includes(":") || network.includes(":")) return undefined;
  const text = [...bits.subarray(12)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  if (!/^1*0*$/.test(text)) return undefined;
  const length = 96 + text.lastIndexOf("1") + 1;
  return { bytes: masked(base, length), length };
}

/** First and last address. */
export function rangeOfPrefix({ bytes, length }: Prefix): LiteralRange {
  const high = bytes.slice();
  for (let bit = length; bit < 128; bit++) high[bit >> 3]! |= 0x80 >> (bit & 7);
  return { low: { kind: "ip", bytes }, high: length === 128 ? undefined : { kind: "ip", bytes: high } };
}

function masked(bytes: Uint8Array, length: number): Uint8Array {
  const low = bytes.slice();
  for (let bit = length; bit < 128; bit++) low[bit >> 3]! &= ~(0x80 >> (bit & 7));
  return low;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
