import { errorClass, type ErrorTable } from "@ngflow/base";

/** Every error code of this package: the exit status of a command that ends with it, and what the error means. */
export const STORE_ERRORS = {
  "spool-directory": { exit: "cannotCreate", meaning: "The spool directory cannot be created or written." },
  "store-backend": { exit: "config", meaning: "The URL of the store has a scheme that this release does not know." },
  "store-engine": { exit: "os", meaning: "The embedded database cannot be loaded on this machine." },
  "store-directory": { exit: "cannotCreate", meaning: "The directory of the embedded database cannot be used." },
  "store-held": { exit: "os", meaning: "Another process has the directory of the embedded database open." },
  "store-closed": { exit: "failed", meaning: "The store was not started, or it was stopped." },
  "bad-sql": { exit: "usage", meaning: "SQL that does not parse, or that would do more than read the store's tables." },
  "query-timeout": { exit: "failed", meaning: "A query took longer than the time limit." },
  "query-memory": { exit: "failed", meaning: "A query needed more memory than the limit." },
  "query-cancelled": { exit: "failed", meaning: "A query was cancelled: its caller left, or the store was closing." },
} as const satisfies ErrorTable;

export class StoreError extends errorClass(STORE_ERRORS) {}
