import { appendFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AuditEntry } from "@ngflow/server/access";

/** A larger file is renamed to `audit.ndjson.1`, in the place of the one before. */
const MOST_BYTES = 8 * 1_048_576;

/**
 * Appends to the audit log of a data directory, `audit.ndjson`: a line for each sign-in, refused or not, and each
 * change of an account or of what is saved. A line that cannot be written is a warning, and what it is about goes on.
 */
export function auditFile(dataDirectory: string, warn: (message: string) => void): (entry: AuditEntry) => void {
  const path = join(dataDirectory, "audit.ndjson");
  return (entry) => {
    try {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES) renameSync(path, `${path}.1`);
      appendFileSync(path, `${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`, { mode: 0o600 });
    } catch (error) {
      warn(`${path}: ${(error as Error).message}`);
    }
  };
}
