/** Most bins of a time series. */
export const MAX_BINS = 10_000;
/** Most rows of a time series: bins times groups. */
export const MAX_ROWS = 50_000;
/** Most dimensions of one query. */
export const MAX_DIMENSIONS = 8;
/** Most groups kept by a query, and how many without `top`. */
export const MAX_TOP = 1000;
/** Groups of a query without `top`. */
export const DEFAULT_TOP = 10;
/** Most rows of raw flows, and how many without `limit`. */
export const MAX_FLOWS = 10_000;
/** Rows of raw flows without `limit`. */
export const DEFAULT_FLOWS = 100;
/** Longest filter text, in characters. */
export const MAX_FILTER_LENGTH = 10_000;
/** Length of the range when neither `from` nor `last` is given. */
export const DEFAULT_RANGE_MS = 3_600_000;
