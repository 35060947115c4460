/**
 * What a datagram may cost. Its parts cost units of work; a unit takes about as long as copying one field of a record,
 * some nanoseconds. Parts beyond the budget are not read, and counted. The largest datagram, 65,507 bytes, filled with
 * records of 16 bytes, costs half of it.
 */
export const MESSAGE_WORK = 262_144;

/** Finding a set or withdrawal. */
export const SET_WORK = 32;
/** Learning a template, in addition to TEMPLATE_FIELD_WORK for each field. */
export const TEMPLATE_WORK = 64;
export const TEMPLATE_FIELD_WORK = 4;
/** Making the plan of a template, when its first data arrives. */
export const PLAN_WORK = 2048;
/** Copying a set that waits for its template. */
export const HOLD_WORK = 64;
/** A record, in addition to its fields: that of a row includes the columns that come from no field. */
export const ROW_WORK = 24;
export const RECORD_WORK = 8;
/** Looking at a name in a record. */
export const NAME_WORK = 32;
/** Keeping a field without a column, and finding equal ones when the block is written. */
export const EXTRA_WORK = 4;
/** Comparing the counters of a row with those of the flow's previous report. */
export const TOTALS_WORK = 24;
/** Finding the exporter that a record names. */
export const NAMED_WORK = 16;
/** Sessions that may begin for exporters that the records of a datagram name; each takes some microseconds. */
export const NEW_NAMED = 64;
