import { statSync } from "node:fs";
import { type Verb } from "../commands/ngctl/verb.ts";
import { CommandError } from "../commands/ngctl/command-error.ts";
import { VERBS } from "../commands/ngctl/verbs.ts";

/** Bytes of a file that a script may read. */
const MAX_FILE = 4 * 1024 * 1024;

/** ngctl's verbs for a dry run: none writes a file, and those that read take plain files of some size only. */
export const HARMLESS_VERBS: readonly Verb[] = VERBS.map((verb) => {
  if (verb.name === "dot") return { ...verb, run: (session, args) => verb.run(session, withoutFile(args)) };
  if (verb.name === "read" || verb.name === "write")
    return {
      ...verb,
      run(session, args) {
        const file = verb.name === "read" ? args[0] : args[args.indexOf("-f") + 1];
        if (file !== undefined && (verb.name === "read" || args.includes("-f"))) requirePlainFile(file);
        return verb.run(session, args);
      },
    };
  return verb;
});

/** The same number of arguments as far as `dot` cares, without the file to write. */
function withoutFile(args: readonly string[]): readonly string[] {
  const rest = args.filter((word) => !word.startsWith("-"));
  return rest.length === 1 ? args.filter((word) => word.startsWith("-")) : args;
}

/** Devices and pipes would keep the run waiting; a file that is absent is ngctl's to report. */
function requirePlainFile(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isFile()) throw new CommandError(`${file}: not a plain file, which a dry run does not read`);
  if (stat.size > MAX_FILE) throw new CommandError(`${file}: larger than the ${MAX_FILE} bytes that a dry run reads`);
}
