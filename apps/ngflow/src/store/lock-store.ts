import { join } from "node:path";
import { type FileLock, lockFile, lockHolder } from "@ngflow/os";
import { StoreError, type StoreLock } from "@ngflow/store";
import { makeDirectories } from "../daemon/make-directories.ts";
import { systemReason } from "../output/system-reason.ts";

/** One process for each data directory whose flows are on a server: the ledger is its own. */
export const lockStore: StoreLock = (dataDirectory) => {
  const path = join(dataDirectory, "run", "store.lock");
  let lock: FileLock | undefined;
  try {
    makeDirectories(join(dataDirectory, "run"));
    lock = lockFile(path);
  } catch (cause) {
    throw new StoreError("store-directory", `store: ${path} cannot be written: ${systemReason(cause)}`, { cause });
  }
  if (lock !== undefined) return lock;
  const holder = lockHolder(path);
  const who = holder === undefined ? "another process" : `process ${holder}`;
  throw new StoreError(
    "store-held",
    `store: ${dataDirectory} is in use by ${who}; stop it, or choose another directory with --data`,
  );
};
