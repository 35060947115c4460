/**
 * What the export time of a message says of the exporter's clock. `right`: it is as far from the arrival as the limit
 * allows. `wrong`: it is further; the message is placed by its arrival. `old`: it is more than a week in the past; that
 * is how a recording looks that is sent again, so its flows keep their times.
 */
export type ExporterClock = "right" | "wrong" | "old";

const WEEK_MS = 7 * 86_400_000;
/** A clock that shows a time before this was never set: 2000-01-29. */
const SET_MS = 221 * 2 ** 32;

/**
 * Judges a clock.
 * @param limitMs how far it may be off; 0 to believe every clock
 */
export function judgeClock(exportMs: number, receivedMs: number, limitMs: number): ExporterClock {
  const skewMs = exportMs - receivedMs;
  if (limitMs === 0 || Math.abs(skewMs) <= limitMs) return "right";
  if (skewMs < -WEEK_MS && exportMs >= SET_MS) return "old";
  return "wrong";
}

/** What an operator has to know of an exporter's clock, one sentence each. */
export function clockWarnings(clock: ExporterClock, clockSkewMs: number): string[] {
  if (clock === "right") return [];
  const off = `${Math.round(Math.abs(clockSkewMs) / 1000)} s ${clockSkewMs < 0 ? "behind" : "ahead"}`;
  return clock === "wrong"
    ? [`The exporter's clock is ${off}: its flows are placed by their arrival. Set its clock.`]
    : [`The exporter's time is ${off}, as in a recording that is sent again: its flows keep their times.`];
}
