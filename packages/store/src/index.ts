export { databaseError } from "./database-error.ts";
export { STORE_ERRORS, StoreError } from "./errors.ts";
export { type BackupReport, copySnapshot, prepareBackup } from "./backup/backup.ts";
export type { Anonymisation } from "./copy/anonymise-block.ts";
export type { AnonymousCopyReport } from "./copy/anonymous-copy.ts";
export type { CopyReport } from "./copy/copy-store.ts";
export {
  copyAnonymised,
  type CopyTarget,
  createStore,
  ledgerFile,
  moveStore,
  restoreStore,
  spoolDirectory,
  type StoreConfig,
  storeDirectory,
} from "./create-store.ts";
export { readPlace } from "./store-place.ts";
export { SharedDatabase, type SharedPlace } from "./share/shared-database.ts";
export { answerFile } from "./answer-file.ts";
export type { AnswerTable } from "./clickhouse/answer-file.ts";
export type { FileFormat } from "./clickhouse/sql-client.ts";
export { oldestBlockMs } from "./spool/oldest-block.ts";
export { createSpool } from "./spool/spool.ts";
export type { Spool, SpoolConfig, SpoolDeps, SpoolStats } from "./spool/spool-types.ts";
export type { BlockFile } from "./spool/block-file.ts";
export { type BlockName, parseBlockName } from "./spool/block-name.ts";
export type { Progress } from "./progress.ts";
export type { LiveFlows } from "./clickhouse/live-table.ts";
export type { SharedKind, Store, StoreDeps, StoreLock, StoreRepair, StoreStats } from "./store.ts";
export type { StoreFindings } from "./store-findings.ts";
