import { TIME_SOURCE } from "@ngflow/flows";
import { NTP_TO_UNIX_SECONDS } from "@ngflow/wire";
import type { RecordContext } from "./record-context.ts";

/**
 * Time fields to Unix milliseconds, two words a row, low first. Arguments as in copy.ts. All arithmetic is on integer
 * milliseconds below 2^53.
 */

const WORD = 4_294_967_296;

/** An uptime at most this far after the header's is in the future; one further ahead is from before a wrap. */
const FUTURE_UPTIME_MS = 3_600_000;
/** A flow ends at most this long before and after its export, if the exporter's start is the right one. */
const MAX_AGE_MS = 3_600_000;

function u32(b: Uint8Array, p: number): number {
  return ((b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!) >>> 0;
}

/** A number of 1 to 8 bytes: exporters may send fewer than its type has (RFC 7011 section 6.2). */
function uint(b: Uint8Array, p: number, length: number): number {
  if (length === 4) return u32(b, p);
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + b[p + i]!;
  return value;
}

function setMs(out: Uint32Array, row: number, ms: number): void {
  const time = ms > 0 ? ms : 0;
  out[2 * row] = time >>> 0;
  out[2 * row + 1] = (time / WORD) >>> 0;
}

/** `value` modulo 2^32 as the nearest of past and future: from 2^32 - 1 h down to -1 h. */
function nearest(value: number): number {
  const age = value >>> 0;
  return age > WORD - FUTURE_UPTIME_MS ? age - WORD : age;
}

/**
 * Uptime at the export time, modulo 2^32 ms; -1 when it is not known. That of the header comes first: it is of the same
 * moment as the record. Otherwise it follows from the exporter's start.
 */
function upTimeAtExport({ sysUpTimeMs, bootMs, clockMs }: RecordContext): number {
  if (sysUpTimeMs !== 0) return sysUpTimeMs;
  return bootMs > 0 ? ((clockMs - bootMs) % WORD) >>> 0 : -1;
}

/**
 * Uptimes of start and end (RFC 3954 section 8, RFC 5102 section 5.9.11), modulo 2^32 (49.7 days). The end
 * is counted back from the uptime at the export time; the start from the end, so that a duration is right even where
 * that uptime is not known. Then the flow ended when it was exported, as is said in `source`. An exporter's start that
 * puts the end more than an hour from the export is that of an earlier run, and not used.
 *
 * `boot` is the offset of the exporter's start (Unix milliseconds, 8 bytes) in the record, -1 where it has none.
 */
export function copyUpTimes(
  b: Uint8Array,
  startAt: number,
  startLength: number,
  endAt: number,
  endLength: number,
  boot: number,
  stride: number,
  n: number,
  start: Uint32Array,
  end: Uint32Array,
  source: Uint8Array,
  row: number,
  context: RecordContext,
): void {
  const exportLow = context.exportMs >>> 0;
  const exportHigh = Math.floor(context.exportMs / WORD);
  const clockLow = context.clockMs >>> 0;
  let upTime = upTimeAtExport(context);
  const exact = boot < 0 && context.sysUpTimeMs !== 0;
  for (let i = 0, p = 0, w = 2 * row; i < n; i++, p += stride, w += 2) {
    const first = uint(b, startAt + p, startLength);
    const last = uint(b, endAt + p, endLength);
    if (boot >= 0) upTime = isZero(b, boot + p, 8) ? -1 : (clockLow - u32(b, boot + p + 4)) >>> 0;
    let age = upTime < 0 ? 0 : nearest(upTime - last);
    source[row + i] = TIME_SOURCE.record;
    if (!exact && (upTime < 0 || age > MAX_AGE_MS || age < -MAX_AGE_MS)) {
      age = 0;
      source[row + i] = TIME_SOURCE.duration;
    }
    // Words with a borrow: a division for each time would take longer than the rest.
    const endLow = exportLow - age;
    const endHigh = exportHigh + (endLow < 0 ? -1 : endLow >= WORD ? 1 : 0);
    end[w] = endLow;
    end[w + 1] = endHigh;
    const startLow = (endLow >>> 0) - nearest(last - first);
    start[w] = startLow;
    start[w + 1] = endHigh + (startLow < 0 ? -1 : startLow >= WORD ? 1 : 0);
  }
}

/** One uptime of 4 bytes, of a record that has only one; rows for which nothing is known stay without a time. */
export function copyUpTime(
  b: Uint8Array,
  o: number,
  boot: number,
  stride: number,
  n: number,
  length: number,
  out: Uint32Array,
  row: number,
  context: RecordContext,
): void {
  const clockLow = context.clockMs >>> 0;
  let upTime = upTimeAtExport(context);
  const exact = boot < 0 && context.sysUpTimeMs !== 0;
  for (let i = 0, p = 0; i < n; i++, p += stride) {
    if (boot >= 0) upTime = isZero(b, boot + p, 8) ? -1 : (clockLow - u32(b, boot + p + 4)) >>> 0;
    if (upTime < 0) continue;
    const age = nearest(upTime - uint(b, o + p, length));
    if (exact || (age <= MAX_AGE_MS && age >= -MAX_AGE_MS)) setMs(out, row + i, context.exportMs - age);
  }
}

function isZero(b: Uint8Array, o: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (b[o + i] !== 0) return false;
  return true;
}

/** Unix seconds of 4 bytes. */
export function copySeconds(b: Uint8Array, o: number, stride: number, n: number, out: Uint32Array, row: number): void {
  for (let i = 0, p = o; i < n; i++, p += stride) setMs(out, row + i, u32(b, p) * 1000);
}

/** NTP timestamps of 8 bytes, seconds since 1900 and a fraction of 2^-32 s (RFC 7011 section 6.1.9). */
export function copyNtp(b: Uint8Array, o: number, stride: number, n: number, out: Uint32Array, row: number): void {
  for (let i = 0, p = o; i < n; i++, p += stride) {
    setMs(out, row + i, (u32(b, p) - NTP_TO_UNIX_SECONDS) * 1000 + Math.floor((u32(b, p + 4) * 1000) / WORD));
  }
}

/** Microseconds before the export time. */
export function copyDelta(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint32Array,
  row: number,
  context: RecordContext,
): void {
  for (let i = 0, p = o; i < n; i++, p += stride) {
    setMs(out, row + i, context.exportMs - Math.floor(uint(b, p, length) / 1000));
  }
}

/**
 * Durations, for rows that lack the start, the end or both; with both missing, the flow ended when it was
 * exported. `perMs` is 1 for milliseconds, 1000 for microseconds.
 */
export function copyDuration(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  start: Uint32Array,
  end: Uint32Array,
  source: Uint8Array,
  row: number,
  perMs: number,
  context: RecordContext,
): void {
  for (let i = 0, p = o; i < n; i++, p += stride) {
    const w = 2 * (row + i);
    const durationMs = Math.floor(uint(b, p, length) / perMs);
    const hasStart = start[w] !== 0 || start[w + 1] !== 0;
    const hasEnd = end[w] !== 0 || end[w + 1] !== 0;
    if (hasStart && hasEnd) continue;
    if (hasStart) setMs(end, row + i, start[w + 1]! * WORD + start[w]! + durationMs);
    else {
      if (!hasEnd) {
        setMs(end, row + i, context.exportMs);
        source[row + i] = TIME_SOURCE.duration;
      }
      setMs(start, row + i, end[w + 1]! * WORD + end[w]! - durationMs);
    }
  }
}
