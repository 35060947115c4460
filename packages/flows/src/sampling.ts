import type { ValueNames } from "./column.ts";

/** Values of the column SamplingSource: where the sampling rate of a row came from. */
export const SAMPLING = { none: 0, header: 1, data: 2, options: 3, manual: 4 } as const;

/** Names of the values of SAMPLING. */
export const SAMPLING_NAMES: ValueNames = {
  what: "sampling source",
  byValue: Object.fromEntries(Object.entries(SAMPLING).map(([name, value]) => [value, name])),
};
