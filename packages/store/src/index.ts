export type { StoreDeps } from "./chdb/store.ts";
export { createStore, spoolDirectory, type StoreConfig, storeDirectory } from "./create-store.ts";
export { rowsToParquet } from "./parquet.ts";
export { createSpool, type Spool, type SpoolConfig, type SpoolDeps, type SpoolStats } from "./spool/spool.ts";
export type { BlockFile } from "./spool/block-file.ts";
export type { BlockName } from "./spool/block-name.ts";
export type { Store, StoreStats } from "./store.ts";
