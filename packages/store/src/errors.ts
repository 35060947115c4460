import { type ExitName, NgflowError } from "@ngflow/base";

/** Every error of this package: the exit code of a command that ends with it, and what it means. */
export const STORE_ERRORS = {
  "spool-directory": { exit: "cannotCreate", meaning: "The spool directory cannot be made or written." },
  "store-backend": { exit: "config", meaning: "The URL of the store names no database that this release knows." },
  "store-engine": { exit: "os", meaning: "The embedded database cannot be loaded on this machine." },
  "store-directory": { exit: "cannotCreate", meaning: "The directory of the embedded database cannot be used." },
  "store-held": { exit: "os", meaning: "Another process has the directory of the embedded database open." },
  "store-closed": { exit: "failed", meaning: "The store is not started, or it was stopped." },
  "query-timeout": { exit: "failed", meaning: "The query took longer than a query may take." },
  "query-memory": { exit: "failed", meaning: "The query needed more memory than a query may use." },
  "query-cancelled": { exit: "failed", meaning: "The query was cancelled because the store closes." },
} as const satisfies Readonly<Record<string, { readonly exit: ExitName; readonly meaning: string }>>;

export type StoreErrorCode = keyof typeof STORE_ERRORS;

/** An error of this package for a person; its exit code is that of the table. */
export function storeError(code: StoreErrorCode, message: string, cause?: unknown): NgflowError {
  return new NgflowError(code, message, STORE_ERRORS[code].exit, cause === undefined ? undefined : { cause });
}
