export type { ServerConfig } from "./config.ts";
export type { ServerDeps } from "./deps.ts";
export { API_ERRORS, type ApiErrorCode, type ErrorBody } from "./errors.ts";
export { prometheusText } from "./prometheus.ts";
export type { PartAge } from "./part-age.ts";
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
