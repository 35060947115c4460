import { NTP_TO_UNIX_SECONDS } from "@ngflow/wire";
import type { RecordContext } from "./record-context.ts";

/**
 * Time fields to Unix milliseconds, two words a row, low first. Arguments as in copy.ts. All arithmetic is on integer
 * milliseconds below 2^53.
 */

const WORD = 4_294_967_296;

/** High word of the first time that the store cannot hold: in the year 2300. */
const NEVER = 2425;

/** An uptime at most this far after the header's is in the future; one further ahead is from before a wrap. */
const FUTURE_UPTIME_MS = 3_600_000;

function u32(b: Uint8Array, p: number): number {
  return ((b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!) >>> 0;
}

function setMs(out: Uint32Array, row: number, ms: number): void {
  const time = ms > 0 ? ms : 0;
  out[2 * row] = time >>> 0;
  out[2 * row + 1] = (time / WORD) >>> 0;
}

/**
 * Uptimes of 4 bytes. If the exporter's start is known, they are added to it, modulo 2^32 and nearest to the export
 * time. Otherwise they are counted back from the uptime and time of the header, so that a wrap of the 32-bit uptime
 * (49.7 days) between flow and export does not matter. With neither, the rows stay without times and settleTimes gives
 * them the export time.
 */
export function copyUpTime(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  out: Uint32Array,
  row: number,
  context: RecordContext,
): void {
  const { exportMs, bootMs } = context;
  if (bootMs === 0 && context.sysUpTimeMs === 0) return;
  const upTime = bootMs > 0 ? ((exportMs - bootMs) % WORD) >>> 0 : context.sysUpTimeMs;
  for (let i = 0, p = o; i < n; i++, p += stride) {
    const age = (upTime - u32(b, p)) >>> 0;
    setMs(out, row + i, exportMs - (age > WORD - FUTURE_UPTIME_MS ? age - WORD : age));
  }
}

/** Adds milliseconds of 4 bytes to the times already in the column. */
export function addMs(b: Uint8Array, o: number, stride: number, n: number, out: Uint32Array, row: number): void {
  for (let i = 0, p = o; i < n; i++, p += stride) {
    const w = 2 * (row + i);
    setMs(out, row + i, out[w + 1]! * WORD + out[w]! + u32(b, p));
  }
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

/** Microseconds before the export time, 4 bytes. */
export function copyDelta(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  out: Uint32Array,
  row: number,
  context: RecordContext,
): void {
  for (let i = 0, p = o; i < n; i++, p += stride) setMs(out, row + i, context.exportMs - Math.floor(u32(b, p) / 1000));
}

/** Moves times by a duration of 4 bytes: `out` = `from` + sign * duration; `perMs` is 1 for ms, 1000 for µs. */
export function copyDuration(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  out: Uint32Array,
  row: number,
  from: Uint32Array,
  sign: number,
  perMs: number,
): void {
  for (let i = 0, p = o; i < n; i++, p += stride) {
    const w = 2 * (row + i);
    setMs(out, row + i, from[w + 1]! * WORD + from[w]! + sign * Math.floor(u32(b, p) / perMs));
  }
}

/**
 * Sets a missing end to the start, or to the export time if both are missing; sets a missing start to the end; swaps
 * the two if they are in the wrong order. A time after the year 2300 counts as missing: a 64-bit field can hold any
 * value.
 */
export function settleTimes(start: Uint32Array, end: Uint32Array, row: number, n: number, exportMs: number): void {
  for (let i = row; i < row + n; i++) {
    const w = 2 * i;
    if (start[w + 1]! >= NEVER) start[w] = start[w + 1] = 0;
    if (end[w + 1]! >= NEVER) end[w] = end[w + 1] = 0;
    if (end[w] === 0 && end[w + 1] === 0) {
      if (start[w] === 0 && start[w + 1] === 0) setMs(end, i, exportMs);
      else {
        end[w] = start[w]!;
        end[w + 1] = start[w + 1]!;
      }
    }
    if (start[w] === 0 && start[w + 1] === 0) {
      start[w] = end[w]!;
      start[w + 1] = end[w + 1]!;
    } else if (start[w + 1]! > end[w + 1]! || (start[w + 1] === end[w + 1] && start[w]! > end[w]!)) {
      const low = start[w]!;
      const high = start[w + 1]!;
      start[w] = end[w]!;
      start[w + 1] = end[w + 1]!;
      end[w] = low;
      end[w + 1] = high;
    }
  }
}
