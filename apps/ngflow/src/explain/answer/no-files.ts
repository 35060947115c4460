import { CommandError } from "../../commands/ngctl/command-error.ts";
import type { Files } from "../../commands/ngctl/files.ts";

function refuse(file: string): never {
  throw new CommandError(`${file}: a script that was sent has no files; paste what is in the file instead`);
}

/** No files: those of the server are none of the sender's business. */
export const NO_FILES: Files = { readText: refuse, readStart: refuse, writeText() {} };
