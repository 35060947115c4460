export { STORE_ERRORS, StoreError } from "./errors.ts";
export { type BackupReport, copySnapshot, prepareBackup } from "./backup/backup.ts";
export {
  createStore,
  ledgerFile,
  restoreStore,
  spoolDirectory,
  type StoreConfig,
  storeDirectory,
} from "./create-store.ts";
export { rowsToParquet } from "./parquet.ts";
export { createSpool, type Spool, type SpoolConfig, type SpoolDeps, type SpoolStats } from "./spool/spool.ts";
export type { BlockFile } from "./spool/block-file.ts";
export type { BlockName } from "./spool/block-name.ts";
export type { Progress } from "./progress.ts";
export type { Store, StoreDeps, StoreRepair, StoreStats } from "./store.ts";
export type { StoreFindings } from "./store-findings.ts";
