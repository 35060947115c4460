import { formatIp, formatMac, parseIp, setU32be } from "@ngflow/base";
import { valueByName, type ValueName } from "./value-by-name.ts";

/** An unsigned integer as JSON: a number up to 2^53 - 1, decimal text above, because JSON readers lose digits there. */
export function jsonInteger(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

/** The latest time that a Date can hold, Unix milliseconds; the earliest is its negative. */
export const MAX_TIME_MS = 8.64e15;

/** ISO 8601 UTC with milliseconds; a time that a Date cannot hold becomes the nearest one that it can. */
export function isoTime(ms: number): string {
  return new Date(Math.max(-MAX_TIME_MS, Math.min(ms, MAX_TIME_MS))).toISOString();
}

/** Texts by key, as a database answers them. */
export type MapValue = Readonly<Record<string, string>>;

/**
 * A stored value as answers show it. `value` is what a database answers: addresses as text, everything else as digits
 * (times are Unix milliseconds). Addresses become dotted or RFC 5952 text, MACs text, times ISO 8601 UTC, values with a
 * name that name; the rest are numbers.
 */
export function displayValue(column: ValueName, value: string | number): string | number {
  const { kind, names } = valueByName(column);
  if (kind === "ip") {
    const bytes = parseIp(String(value));
    return bytes ? formatIp(bytes) : String(value);
  }
  if (kind === "ms") return isoTime(Number(value));
  if (kind === "mac") return formatMac(macBytes(BigInt(value)));
  // A protocol without a name is its number as text, so that all values of the column are text.
  if (names) return names.byValue[Number(value)] ?? String(value);
  return kind === "u64" ? jsonInteger(BigInt(value)) : Number(value);
}

function macBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  setU32be(bytes, 0, Number(value >> 32n));
  setU32be(bytes, 4, Number(value & 0xffff_ffffn));
  return bytes.subarray(2);
}
