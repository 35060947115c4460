import type { Context, Status } from "./context.ts";
import { ngctlLines, ngctlOptions, shownCommand } from "./ngctl-command.ts";
import type { Shell } from "./shell.ts";
import type { ScriptCommand } from "../script/script-line.ts";
import type { TextLine } from "./shell-text.ts";
import { isOutput, isUnknown } from "./unknowns.ts";

/** Exit status of an ngctl whose command failed: EX_OSERR (reference: netgraph.md §8.3). */
const FAILED = 71;

/** Runs `ngctl` with a command, a file, or commands on its standard input. */
export async function runNgctl(shell: Shell, args: readonly string[], context: Context): Promise<Status> {
  const { file, name, words } = ngctlOptions(args);
  if (file === undefined && words.length > 0) {
    const session = shell.nextSession();
    const status = await runCommand(shell, words, { session, name, line: shell.line, stops: false }, context);
    await shell.options.host.close(session);
    return status === "quit" ? 0 : status;
  }
  const lines = file === undefined || file === "-" ? context.input?.rest() : shell.fileLines(file);
  if (lines !== undefined) return runLines(shell, lines, { name, stops: file !== undefined }, context);
  const source = file === undefined || file === "-" ? "its standard input" : shell.unknowns.shown(file);
  const why = file !== undefined && file !== "-" ? "which cannot be read here" : "which only the machine knows";
  shell.unclear.add(
    shell.line,
    `ngctl ${args.map((word) => shell.unknowns.shown(word)).join(" ")}`,
    `ngctl reads ${source}, ${why}`,
  );
  return undefined;
}

async function runLines(
  shell: Shell,
  lines: readonly TextLine[],
  { name, stops }: { readonly name: string | undefined; readonly stops: boolean },
  context: Context,
): Promise<Status> {
  let session: number | undefined;
  let result: Status = 0;
  let stopped = false;
  for (const { words, line } of ngctlLines(lines)) {
    if (isUnknown(words[0]!)) {
      const shown = shell.unknowns.shown(words.join(" "));
      shell.unclear.add(line, shown, `ngctl reads ${shown}, which only the machine knows`);
      result = undefined;
      continue;
    }
    session ??= shell.nextSession();
    if (stopped) {
      addCommand(shell, words, { session, name, line, stops }, context);
      continue;
    }
    const status = await runCommand(shell, words, { session, name, line, stops }, context);
    if (status === "quit") break;
    // An ngctl that reads commands as a person types them goes on, and ends with 0 (reference: netgraph.md §8.3).
    if (status === 0 || !stops) continue;
    result = status;
    stopped = true;
  }
  if (session !== undefined) await shell.options.host.close(session);
  return result;
}

interface Place {
  readonly session: number;
  readonly name: string | undefined;
  readonly line: number;
  /** The first failure ends ngctl. */
  readonly stops: boolean;
}

function addCommand(
  shell: Shell,
  given: readonly string[],
  { session, name, line, stops }: Place,
  context: Context,
): ScriptCommand {
  const { unknowns } = shell;
  const words = given.map((word) => unknowns.shown(word));
  const needs = unknowns.in(given.join(" "));
  return shell.add({
    line,
    text: shownCommand(words),
    words,
    kind: "ngctl",
    session,
    stopsAtFailure: stops,
    ...(name !== undefined && { nodeName: unknowns.shown(name) }),
    ...((context.expected || context.err.hidden) && { mayFail: true }),
    ...(needs.length > 0 && { needs }),
  });
}

async function runCommand(
  shell: Shell,
  given: readonly string[],
  place: Place,
  context: Context,
): Promise<0 | typeof FAILED | "quit"> {
  const command = addCommand(shell, given, place, context);
  const { line, needs = [] } = command;
  const { ok, quit, output, error } = await shell.options.host.run(command);
  context.out.text?.add(output, line);
  if (error !== null) context.err.text?.add(`ngctl: ${error}\n`, line);
  for (const need of needs.filter(isOutput))
    shell.assumed.add(
      line,
      command.text,
      `${need} is only known on the machine: assign it to a variable to give it by --set`,
    );
  if (quit) return "quit";
  // What a command with a value in it does that is not known, is not known either: the script goes on.
  return ok || needs.length > 0 ? 0 : FAILED;
}
