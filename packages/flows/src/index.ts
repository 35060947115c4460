export {
  type ColumnKind,
  type ColumnName,
  COLUMNS,
  type DimensionName,
  type FlowColumn,
  KIND_BYTES,
  SAMPLING_SOURCES,
} from "./columns.ts";
export { FlowBatch, type FlowColumns, type KindArray } from "./flow-batch.ts";
export type { FlowSink } from "./flow-sink.ts";
export type { Pipeline, PipelineHop, PipelineTotals } from "./pipeline.ts";
export {
  type FlowReader,
  type FlowsResult,
  type FlowsSpec,
  type Metric,
  METRICS,
  type QueryResult,
  type QuerySpec,
} from "./query/types.ts";
