import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FileLock, lockFile, lockHolder } from "@ngflow/os";
import { systemReason } from "../output/system-reason.ts";
import { DaemonError } from "./errors.ts";
import { makeDirectories } from "./make-directories.ts";

const lockPath = (dataDirectory: string): string => join(dataDirectory, "run", "collect.lock");

/** One collector for a data directory: two would overwrite each other's templates and state. @throws NgflowError */
export function lockDirectory(dataDirectory: string): FileLock {
  const path = lockPath(dataDirectory);
  let lock: FileLock | undefined;
  try {
    makeDirectories(dirname(path));
    lock = lockFile(path);
  } catch (cause) {
    throw new DaemonError(
      "data-directory",
      `collector: cannot write ${path}: ${systemReason(cause)}; choose another directory with --data`,
      { cause },
    );
  }
  if (lock !== undefined) return lock;
  const holder = lockHolder(path);
  throw new DaemonError(
    "collector-held",
    `collector: ${dataDirectory} is used by the collector of ${holder === undefined ? "another process" : `process ${holder}`}; ` +
      "stop it, or choose another directory with --data",
  );
}

/** Looks whether a data directory has a collector, and leaves no trace. @throws DaemonError `collector-held` */
export function refuseSecondCollector(dataDirectory: string): void {
  if (existsSync(lockPath(dataDirectory))) lockDirectory(dataDirectory).release();
}
