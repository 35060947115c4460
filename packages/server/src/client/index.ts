export { type Client, ClientError, createClient, type FetchText } from "./client.ts";
export type { AbsentPath, ApiAnswer, ApiParams, ApiPath } from "../routes/index.ts";
export { HOP_OLD_MS, HOPS } from "@ngflow/flows";
export type { PipelineEvent } from "./pipeline-event.ts";
export type { ExplainAnswer, ExplainCut, ExplainScene } from "../explain/explain.ts";
export type { SelfTestAnswer, SelfTestResult, SelfTestStep } from "../self-test/self-test.ts";
export type { Saved, SavedEntry } from "../saved/saved.ts";
export type { Alert, AlertsNow, DryRun, RuleStatus, ShownAlert, Silence } from "@ngflow/alerts";
export type {
  Audit,
  AuditHop,
  AuditPart,
  Completeness,
  ExporterStatus,
  FlowsResult,
  LossReason,
  Metric,
  Pipeline,
  PipelineHop,
  PipelineTotals,
  QueryResult,
  StoreStatus,
} from "@ngflow/flows";
export { graphAt } from "@ngflow/graph";
export { strerror } from "@ngflow/base";
export type { GraphHistory, GraphSnapshot, HistoryStep, HookSnapshot, NodeRole, NodeSnapshot } from "@ngflow/graph";
