export { autoStepMs } from "./auto-step.ts";
export {
  ClientError,
  createClient,
  type Client,
  type FetchText,
  type QueryParams,
  type FlowsParams,
} from "./client.ts";
export type { ColumnInfo, PipelineEvent } from "./types.ts";
export { HOPS } from "@ngflow/flows";
export type { FlowsResult, Metric, Pipeline, PipelineHop, PipelineTotals, QueryResult } from "@ngflow/flows";
export { graphAt } from "@ngflow/graph";
export { strerror } from "@ngflow/base";
export type { GraphHistory, GraphSnapshot, HistoryStep, HookSnapshot, NodeRole, NodeSnapshot } from "@ngflow/graph";
