import { statSync } from "node:fs";
import { type Verb } from "../commands/ngctl/verb.ts";
import { CommandError } from "../commands/ngctl/command-error.ts";
import { VERBS } from "../commands/ngctl/verbs.ts";

/** Largest file that a script may read, in bytes. */
const MAX_FILE = 4 * 1024 * 1024;

/** ngctl's verbs for a dry run: they write no files, and read only regular files of limited size. */
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

/** The arguments of `dot` without the output file. Wrong arguments stay wrong. */
function withoutFile(args: readonly string[]): readonly string[] {
  const rest = args.filter((word) => !word.startsWith("-"));
  return rest.length === 1 ? args.filter((word) => word.startsWith("-")) : args;
}

/** Devices and pipes could block the run. ngctl itself reports a file that does not exist. */
function requirePlainFile(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isFile()) throw new CommandError(`${file}: not a regular file; a dry run does not read it`);
  if (stat.size > MAX_FILE)
    throw new CommandError(`${file}: larger than ${MAX_FILE} bytes; a dry run does not read it`);
}
