import { TIME_SOURCE } from "@ngflow/flows";
import type { RecordContext } from "./record-context.ts";

/**
 * What every row's times must hold after the fields were copied: start and end are there, in order, and of a time at
 * which there are flows. Times are two words a row, low first, Unix milliseconds.
 */

const WORD = 4_294_967_296;
/** High word of the first time that the store cannot hold: in the year 2300. */
const NEVER = 2425;
/** High word of the first time that a clock that was set can show: 2000-01-29. */
const SET = 221;
/** A time that is further from the arrival than this is no longer the fault of a time zone. */
const DAY_MS = 86_400_000;
/** A duration beyond this is not one: an uptime wraps after it. */
const MAX_DURATION_MS = WORD;

/**
 * Settles the times of `n` rows and says in `source`, which has TIME_SOURCE.record or what a step put there, where they
 * came from. `absolute`: they are of the exporter's clock.
 *
 * - A missing end is the start, a missing start the end; with neither, the flow starts and ends when it was exported.
 * - Start and end in the wrong order are swapped.
 * - A time after the year 2300 counts as missing: a 64-bit field can hold any value.
 * - If the exporter's clock is wrong, times that came from it move with it. A flow that ends in the future, or before
 *   clocks were set, ends when it arrived. Durations stay.
 */
export function settleTimes(
  start: Uint32Array,
  end: Uint32Array,
  source: Uint8Array,
  row: number,
  n: number,
  absolute: boolean,
  context: RecordContext,
): void {
  const moved = context.exportMs !== context.clockMs;
  const last = Math.min(Math.max(context.receivedMs, context.exportMs) + context.clockLimitMs, NEVER * WORD - 1);
  const lastHigh = Math.floor(last / WORD);
  const lastLow = last - lastHigh * WORD;
  for (let i = row; i < row + n; i++) {
    const w = 2 * i;
    const endHigh = end[w + 1]!;
    const startHigh = start[w + 1]!;
    if (
      !moved &&
      startHigh >= SET &&
      (startHigh < endHigh || (startHigh === endHigh && start[w]! <= end[w]!)) &&
      (endHigh < lastHigh || (endHigh === lastHigh && end[w]! <= lastLow))
    ) {
      continue;
    }
    settleRow(start, end, source, i, absolute, context, last);
  }
}

function settleRow(
  start: Uint32Array,
  end: Uint32Array,
  source: Uint8Array,
  row: number,
  absolute: boolean,
  context: RecordContext,
  lastMs: number,
): void {
  const { exportMs, clockMs, receivedMs } = context;
  let from = timeAt(start, row);
  let to = timeAt(end, row);
  let code = source[row]!;
  if (to === 0) to = from;
  if (from === 0) from = to;
  if (to === 0) {
    from = to = exportMs;
    code = TIME_SOURCE.export;
  }
  if (from > to) [from, to] = [to, from];
  const durationMs = Math.min(to - from, MAX_DURATION_MS);
  const shift = exportMs - clockMs;
  if (shift !== 0) {
    code = TIME_SOURCE.arrival;
    // A header with a wrong time may be before records with right ones.
    if (absolute && Math.abs(to - receivedMs) > context.clockLimitMs) to += shift;
    if (Math.abs(to - receivedMs) > DAY_MS) to = receivedMs;
    from = to - durationMs;
  } else if (to > lastMs || (to < SET * WORD && receivedMs >= SET * WORD && context.clockLimitMs !== Infinity)) {
    to = receivedMs;
    from = to - durationMs;
    code = TIME_SOURCE.arrival;
  } else if (from < SET * WORD && to >= SET * WORD && context.clockLimitMs !== Infinity) from = to;
  put(start, row, from);
  put(end, row, to);
  source[row] = code;
}

/** The time of a row; 0 for one that is missing or not possible. */
function timeAt(column: Uint32Array, row: number): number {
  const high = column[2 * row + 1]!;
  return high >= NEVER ? 0 : high * WORD + column[2 * row]!;
}

function put(column: Uint32Array, row: number, ms: number): void {
  const time = ms > 0 ? ms : 0;
  column[2 * row] = time >>> 0;
  column[2 * row + 1] = (time / WORD) >>> 0;
}
