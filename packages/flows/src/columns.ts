import { COUNTER_COLUMNS } from "./columns/counters.ts";
import { DEVICE_COLUMNS } from "./columns/device.ts";
import { ENRICHED_COLUMNS } from "./columns/enriched.ts";
import { HEADER_COLUMNS } from "./columns/headers.ts";
import { ORIGIN_COLUMNS } from "./columns/origin.ts";
import { PATH_COLUMNS } from "./columns/path.ts";

/**
 * The flow column table: one row per column, by group in columns/. Everything else is derived from it: the DDL of every
 * backend, the layout of FlowBatch, what the collector decodes into a column, both directions of a biflow, filter
 * names, API fields, labels and how values are shown. column.ts explains the fields of a row.
 */
export const COLUMNS = [
  ...ORIGIN_COLUMNS,
  ...HEADER_COLUMNS,
  ...PATH_COLUMNS,
  ...ENRICHED_COLUMNS,
  ...COUNTER_COLUMNS,
  ...DEVICE_COLUMNS,
] as const;

/** The name of a column that is stored. */
export type ColumnName = (typeof COLUMNS)[number]["name"];
/** The name of a stored column that queries can group by. */
export type DimensionName = Extract<(typeof COLUMNS)[number], { role: "dimension" }>["name"];
