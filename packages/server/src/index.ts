export type { AccessConfig, ServerConfig } from "./config.ts";
export type { ServerDeps } from "./deps.ts";
export { API_ERRORS, type ApiErrorCode, type ErrorBody } from "./errors.ts";
export type { SelfTest, SelfTestAnswer, SelfTestResult, SelfTestStep } from "./self-test/self-test.ts";
export type { Explain, ExplainAnswer, ExplainQuestion, ExplainScene } from "./explain/explain.ts";
export { type OwnMetric, prometheusText } from "./prometheus.ts";
export type { PartAge } from "./part-age.ts";
export type { ReadyCheck } from "./ready-check.ts";
export type { NodeReply } from "./graph/node-reply.ts";
export type { Sources } from "./routes/index.ts";
export { createServer, type Server, type ServerAddress, tryAddress } from "./server.ts";
export {
  type Saved,
  SAVED_NAME,
  SAVED_TEXT_MAX,
  SAVED_TITLE_MAX,
  type SavedEntry,
  type SavedRefusal,
  type SavedStore,
} from "./saved/saved.ts";
