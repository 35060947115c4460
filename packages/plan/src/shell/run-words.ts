import { BUILTINS } from "./builtins.ts";
import type { Context, Status } from "./context.ts";
import { FILTERS } from "./filters.ts";
import { options } from "./filter-tools.ts";
import { PROGRAMS } from "./programs.ts";
import { RC_SUBR } from "./rc-subr.ts";
import { runNgctl } from "./run-ngctl.ts";
import type { Shell } from "./shell.ts";
import type { TextLine } from "./shell-text.ts";
import { unknownOutput } from "./unknown-output.ts";
import { isUnknown } from "./unknowns.ts";

/** Options with a value of programs that run the program behind them, and words of their own before it. */
const PREFIXES: Readonly<Record<string, { readonly values: string; readonly own: number }>> = {
  sudo: { values: "ughpCRTD", own: 0 },
  doas: { values: "uC", own: 0 },
  env: { values: "uPS", own: 0 },
  nice: { values: "n", own: 0 },
  nohup: { values: "", own: 0 },
  time: { values: "o", own: 0 },
  command: { values: "", own: 0 },
  exec: { values: "", own: 0 },
  builtin: { values: "", own: 0 },
  timeout: { values: "ks", own: 1 },
  jexec: { values: "uU", own: 1 },
  himage: { values: "", own: 1 },
  chroot: { values: "ugG", own: 1 },
  setsid: { values: "", own: 0 },
  stdbuf: { values: "ioe", own: 0 },
  lockf: { values: "t", own: 1 },
};

const JAILS: ReadonlySet<string> = new Set(["jexec", "himage"]);

/**
 * Runs the words of a simple command.
 * @param text as it is written.
 */
export async function runWords(
  shell: Shell,
  given: readonly string[],
  context: Context,
  text: string,
): Promise<Status> {
  const words = withoutPrefixes(shell, given, text);
  if (words.length === 0) return given.length > 0 && given[0] !== "exec" ? other(shell, given, context, text) : 0;
  const [first = "", ...args] = words;
  if (shell.state.functions.has(first)) return shell.call(first, args, context);
  const name = first.replace(/^.*\//, "");
  if (name === "ngctl") return runNgctl(shell, args, context);
  for (const table of [BUILTINS, RC_SUBR, PROGRAMS])
    if (Object.hasOwn(table, name)) return table[name]!(shell, args, context, text);
  if (Object.hasOwn(FILTERS, name)) return filter(shell, name, args, context, text);
  return other(shell, words, context, text);
}

/** Words without programs that only run the next one, as `sudo` and `jexec JAIL`. */
function withoutPrefixes(shell: Shell, given: readonly string[], text: string): readonly string[] {
  let words = given;
  for (;;) {
    const first = words[0];
    if (first === undefined) return words;
    if (isUnknown(first) && shell.unknowns.isOne(first)) {
      const next = words[1]?.replace(/^.*\//, "") ?? "";
      const shown = shell.unknowns.shown(first);
      if (next === "ngctl" || (Object.hasOwn(PREFIXES, next) && words.length > 2)) {
        shell.assumed.add(shell.line, text, `${shown} is taken as empty`);
        words = words.slice(1);
        continue;
      }
      if (!shell.options.verbs.includes(next)) return words;
      shell.assumed.add(shell.line, text, `${shown} is taken as ngctl`);
      return ["ngctl", ...words.slice(1)];
    }
    const name = first.replace(/^.*\//, "");
    if (!Object.hasOwn(PREFIXES, name) || shell.state.functions.has(name)) return words;
    if (name === "command" && /^-[vV]$/.test(words[1] ?? "")) return words;
    const { values, own } = PREFIXES[name]!;
    let rest = options(words.slice(1), values).words.slice(own);
    if (name === "env" || name === "sudo") while (/^[A-Za-z_]\w*=/.test(rest[0] ?? "")) rest = rest.slice(1);
    if (JAILS.has(name) && rest[0]?.replace(/^.*\//, "") === "ngctl") {
      const jail = shell.unknowns.shown(words[words.length - rest.length - 1]!);
      shell.assumed.once(shell.line, `${name} ${jail}`, "its graph is shown as if it were the host's own");
    }
    words = rest;
  }
}

async function filter(
  shell: Shell,
  name: string,
  args: readonly string[],
  context: Context,
  text: string,
): Promise<Status> {
  const { run, values, own } = FILTERS[name]!;
  const { flags, words } = options(args, values);
  const files = words.slice(flags.has("e") ? 0 : own).filter((word) => !/^[-+]\d+$/.test(word));
  let lines: readonly TextLine[] | undefined = files.length === 0 ? context.input?.rest() : [];
  for (const file of files) {
    const more = file === "-" ? context.input?.rest() : shell.fileLines(file);
    lines = more === undefined || lines === undefined ? undefined : [...lines, ...more];
  }
  const result = lines === undefined ? undefined : run(args.slice(0, args.length - files.length), lines);
  if (result === undefined) return unknownOutput(shell, context, text);
  context.out.text?.addLines(result.lines);
  return result.status;
}

/** Another program. It is not run, and whether it succeeds only the machine knows. */
async function other(shell: Shell, words: readonly string[], context: Context, text: string): Promise<Status> {
  const [program = "", ...args] = words.map((word) => shell.unknowns.shown(word));
  const name = program.replace(/^.*\//, "");
  if (args.some((word) => /(?:^|[\s/;])ngctl(?:\s|$)/.test(word)) && !LOOKERS.has(name)) {
    shell.unclear.add(shell.line, text, `what ${name} does with ngctl is not understood`);
  } else {
    shell.ignored.add(shell.line, text, "not a command of ngctl");
  }
  return unknownOutput(shell, context, text);
}

/** Programs that name ngctl and do not run it. */
const LOOKERS: ReadonlySet<string> = new Set([
  ...["which", "whereis", "man", "pgrep", "pkill", "killall", "logger", "ls", "stat", "file", "chmod", "grep", "egrep"],
  ...["kldstat", "pkg", "warn", "info", "debug", "ps", "install", "ln", "cp", "mv", "rm"],
]);
