import { statSync } from "node:fs";
import { CommandError } from "../commands/ngctl/command-error.ts";
import { type Files, OWN_FILES } from "../commands/ngctl/files.ts";

/** Largest file that a script may read, in bytes. */
const MAX_FILE = 4 * 1024 * 1024;

/** Files for a dry run: none is written, and only regular files of limited size are read. */
export const HARMLESS_FILES: Files = {
  readText(file) {
    requirePlainFile(file);
    return OWN_FILES.readText(file);
  },
  readStart(file, bytes) {
    requirePlainFile(file);
    return OWN_FILES.readStart(file, bytes);
  },
  writeText() {},
};

/** Devices and pipes could block the run. ngctl itself reports a file that does not exist, or has no possible name. */
function requirePlainFile(file: string): void {
  let stat;
  try {
    stat = statSync(file);
  } catch {
    return;
  }
  if (!stat.isFile()) throw new CommandError(`${file}: not a regular file; a dry run does not read it`);
  if (stat.size > MAX_FILE)
    throw new CommandError(`${file}: larger than ${MAX_FILE} bytes; a dry run does not read it`);
}
