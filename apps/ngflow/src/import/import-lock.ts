import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { lockFile } from "@ngflow/os";
import { systemReason } from "../output/system-reason.ts";
import { ImportError } from "./errors.ts";

/** Runs a step while no import works on a data directory. @throws ImportError `import-held`. */
export async function withoutImports<T>(data: string, step: () => Promise<T>): Promise<T> {
  const own = path.join(data, "import");
  const lock = existsSync(own) ? lockImports(own) : undefined;
  try {
    return await step();
  } finally {
    lock?.release();
  }
}

/** Whether an import works on a data directory. */
export function isImporting(data: string): boolean {
  const file = path.join(data, "import", "lock");
  if (!existsSync(file)) return false;
  const lock = lockFile(file);
  lock?.release();
  return lock === undefined;
}

/**
 * Makes the directory of imports and locks it.
 *
 * @throws ImportError `import-held`, `import-directory`.
 */
export function lockImports(own: string): { release(): void } {
  try {
    mkdirSync(path.join(own, "blocks"), { recursive: true, mode: 0o750 });
    const lock = lockFile(path.join(own, "lock"));
    if (lock !== undefined) return lock;
  } catch (cause) {
    throw new ImportError("import-directory", `import: cannot write ${own}: ${systemReason(cause)}`, { cause });
  }
  throw new ImportError("import-held", `import: another import works on ${path.dirname(own)}; wait until it ends`);
}
