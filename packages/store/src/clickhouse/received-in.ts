import { time } from "./spread.ts";
import type { Range } from "./spread-rows.ts";

/** Flows that were received in the range. */
export function receivedIn(table: string, { fromMs, toMs }: Range): string {
  return `${table}.TimeReceived >= ${time(fromMs)} AND ${table}.TimeReceived < ${time(toMs)}`;
}
