import type { ValueNames } from "./column.ts";

/**
 * Values of the column TimeSource: where start and end of a row came from. `unrecorded`: the row was stored before
 * there was this column. `record`: the exporter's times. `duration`: the record has only a duration (uptimes whose
 * zero is not known, or a duration field): the flow ended when it was exported. `export`: the record has no times: it
 * starts and ends when it was exported. `arrival`: the exporter's clock is wrong: the flow is moved to where it would
 * be if it had been exported when it arrived.
 */
export const TIME_SOURCE = { unrecorded: 0, record: 1, duration: 2, export: 3, arrival: 4 } as const;

/** Names of the values of TIME_SOURCE. */
export const TIME_SOURCE_NAMES: ValueNames = {
  what: "time source",
  byValue: Object.fromEntries(Object.entries(TIME_SOURCE).map(([name, value]) => [value, name])),
};
