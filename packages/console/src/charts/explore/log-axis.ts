import type { Drawing } from "./drawing.ts";
import type { ExploreData } from "./series.ts";

/** Most powers of ten of a logarithmic axis. */
const MOST_DECADES = 7;

/** The lower end of a logarithmic axis: the power of ten below the smallest value; undefined on a linear one. */
export function logLeast(
  { log = false, before }: Pick<Drawing, "log" | "before">,
  data: ExploreData,
): number | undefined {
  if (!log) return undefined;
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const values of [...data.series.map((one) => one.values), before ?? []]) {
    for (const value of values) {
      if (value === null || value <= 0) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  if (most === 0) return 1;
  return 10 ** Math.max(Math.floor(Math.log10(least)), Math.ceil(Math.log10(most)) - MOST_DECADES);
}
