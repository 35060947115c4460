import { CommandError } from "../commands/ngctl/command-error.ts";
import type { Files } from "../commands/ngctl/files.ts";

function refuse(file: string): never {
  throw new CommandError(`${file}: files are not read or written in a transaction`);
}

/** No files: inside the daemon, a verb would use those of the daemon instead of the caller's. */
export const NO_FILES: Files = { readText: refuse, readStart: refuse, writeText: refuse };
