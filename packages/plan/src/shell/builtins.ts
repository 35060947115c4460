import { type Context, LoopControl, ShellExit, ShellReturn, type Status } from "./context.ts";
import { testWords } from "./condition.ts";
import { formatted, unescapedText } from "./printf.ts";
import { shellNumber } from "./arithmetic.ts";
import type { Shell } from "./shell.ts";
import { isUnknown } from "./unknowns.ts";

/** A command that the shell runs itself, or a program of which enough is known. */
export type Builtin = (
  shell: Shell,
  args: readonly string[],
  context: Context,
  text: string,
) => Promise<Status> | Status;

const succeed: Builtin = () => 0;

/** Commands of the shell itself. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  ":": succeed,
  true: succeed,
  false: () => 1,
  cd: succeed,
  trap: succeed,
  umask: succeed,
  wait: succeed,
  ulimit: succeed,
  hash: succeed,
  alias: succeed,
  shopt: succeed,
  unalias: succeed,
  echo,
  printf: (shell, [format = "", ...args], { out }) => (shell.write(out, formatted(format, args)), 0),
  export: declare,
  readonly: declare,
  declare: local,
  typeset: local,
  local,
  unset: (shell, args) => {
    for (const name of args) {
      shell.state.variables.delete(name);
      shell.state.arrays.delete(name);
    }
    return 0;
  },
  set: setOptions,
  shift,
  read,
  eval: evaluateText,
  ".": source,
  source,
  exit: (shell, [status]) => {
    throw new ShellExit(statusOf(status, shell.state.status));
  },
  return: (shell, [status]) => {
    throw new ShellReturn(statusOf(status, shell.state.status));
  },
  break: (_shell, [depth = "1"]) => {
    throw new LoopControl("break", Math.max(1, shellNumber(depth) ?? 1));
  },
  continue: (_shell, [depth = "1"]) => {
    throw new LoopControl("continue", Math.max(1, shellNumber(depth) ?? 1));
  },
  test: (shell, args) => holds(testWords(args, shell.tests)),
  "[": (shell, args) => holds(testWords(args.at(-1) === "]" ? args.slice(0, -1) : args, shell.tests)),
  let: async (shell, args, context) => {
    let status: Status = 0;
    for (const arg of args) status = await shell.runText(`(( ${arg} ))`, context);
    return status;
  },
  getopts,
  type: lookUp,
  command: lookUp,
  which: lookUp,
};

function holds(value: boolean | undefined): Status {
  return value === undefined ? undefined : Number(!value);
}

function statusOf(text: string | undefined, last: Status): Status {
  if (text === undefined) return last;
  return isUnknown(text) ? undefined : (shellNumber(text) ?? 2) & 0xff;
}

function echo(shell: Shell, args: readonly string[], { out }: Context): Status {
  const flags = /^-[neE]+$/.test(args[0] ?? "") ? args[0]! : "";
  const text = (flags === "" ? args : args.slice(1)).join(" ");
  shell.write(out, (flags.includes("e") ? unescapedText(text) : text) + (flags.includes("n") ? "" : "\n"));
  return 0;
}

/** Assignments among the words of `export`, `readonly` and `local`. */
function assignWords(shell: Shell, args: readonly string[]): void {
  for (const arg of args) {
    const match = /^([A-Za-z_]\w*)(\+?)=([^]*)$/.exec(arg);
    if (match === null) continue;
    const [, name = "", plus, value = ""] = match;
    shell.expander.assign(name, plus === "+" ? (shell.expander.value(name) ?? "") + value : value);
  }
}

function declare(shell: Shell, args: readonly string[]): Status {
  assignWords(shell, args);
  return 0;
}

function local(shell: Shell, args: readonly string[]): Status {
  const frame = shell.state.hidden.at(-1);
  for (const arg of args) {
    const name = /^[A-Za-z_]\w*/.exec(arg)?.[0];
    if (name === undefined || frame === undefined) continue;
    if (!frame.has(name)) frame.set(name, shell.state.variables.get(name));
    if (!arg.includes("=")) shell.state.variables.set(name, "");
  }
  assignWords(shell, args);
  return 0;
}

function setOptions(shell: Shell, args: readonly string[]): Status {
  for (const [i, arg] of args.entries()) {
    if (arg === "--") {
      shell.state.args = args.slice(i + 1);
      return 0;
    }
    if (!/^[-+]/.test(arg)) {
      if (args[i - 1] === "-o" && arg === "errexit") shell.state.stopsAtError = true;
      else if (!/^[-+]o$/.test(args[i - 1] ?? "")) {
        shell.state.args = args.slice(i);
        return 0;
      }
    } else if (arg.includes("e")) shell.state.stopsAtError = arg.startsWith("-");
  }
  return 0;
}

function shift({ state }: Shell, [count = "1"]: readonly string[]): Status {
  const n = shellNumber(count) ?? 1;
  if (state.args === undefined) {
    state.shifted += n;
    return 0;
  }
  if (n > state.args.length) return 1;
  state.args = state.args.slice(n);
  return 0;
}

function read(shell: Shell, args: readonly string[], { input }: Context): Status {
  const names = args.filter((arg, i) => !arg.startsWith("-") && !/^-[a-qs-z]*[ptndu]$/.test(args[i - 1] ?? ""));
  if (names.length === 0) names.push("REPLY");
  if (input === undefined) {
    for (const name of names) shell.expander.assign(name, shell.unknowns.of(name));
    return 0;
  }
  const next = shell.readLine(input);
  if (next === undefined) {
    for (const name of names) shell.state.variables.set(name, "");
    return 1;
  }
  if (isUnknown(next.text)) {
    for (const name of names) shell.expander.assign(name, shell.unknowns.of(name));
    return 0;
  }
  const separators = shell.state.variables.get("IFS") ?? " \t";
  const blanks = separators.replaceAll(/[[\]\\^-]/g, "\\$&");
  let rest = separators === "" ? next.text : next.text.replace(new RegExp(`^[${blanks}]+|[${blanks}]+$`, "g"), "");
  for (const [i, name] of names.entries()) {
    const match = i < names.length - 1 && separators !== "" ? new RegExp(`[${blanks}]+`).exec(rest) : null;
    shell.expander.assign(name, match === null ? rest : rest.slice(0, match.index));
    rest = match === null ? "" : rest.slice(match.index + match[0].length);
  }
  return 0;
}

async function evaluateText(shell: Shell, args: readonly string[], context: Context): Promise<Status> {
  const text = args.join(" ");
  if (!isUnknown(text)) return shell.runText(text, context);
  shell.unclear.add(shell.line, shell.unknowns.shown(`eval ${text}`), "eval of a value that only the machine knows");
  return undefined;
}

/** Files whose functions are known here, or that only set what the user can set. */
const SYSTEM_FILES = /^\/etc\/(?:rc\.subr|network\.subr|rc\.conf(?:\.local)?|defaults\/rc\.conf)$/;

async function source(shell: Shell, [file = "", ...args]: readonly string[], context: Context): Promise<Status> {
  if (SYSTEM_FILES.test(file)) return 0;
  const lines = shell.fileLines(file);
  if (lines === undefined) {
    shell.ignored.add(
      shell.line,
      `. ${shell.unknowns.shown(file)}`,
      "a file that cannot be read here: give what it sets by --set",
    );
    return 0;
  }
  if (args.length > 0) shell.state.args = args;
  return shell.runText(lines.map(({ text }) => text).join("\n"), context);
}

function getopts(shell: Shell, [letters = "", name = "opt"]: readonly string[]): Status {
  const { state, expander } = shell;
  const at = Number(state.variables.get("OPTIND") ?? "1");
  const arg = state.args?.[at - 1];
  if (arg === undefined || !/^-[^-]/.test(arg)) return 1;
  const letter = arg[1]!;
  const known = letters.includes(letter) && letter !== ":";
  const takes = known && letters[letters.indexOf(letter) + 1] === ":";
  expander.assign(name, known ? letter : "?");
  if (takes) {
    state.variables.set("OPTARG", arg.length > 2 ? arg.slice(2) : (state.args?.[at] ?? ""));
    state.variables.set("OPTIND", String(at + (arg.length > 2 ? 1 : 2)));
    return 0;
  }
  if (arg.length > 2) state.args = state.args!.with?.(at - 1, `-${arg.slice(2)}`) ?? state.args;
  else state.variables.set("OPTIND", String(at + 1));
  return 0;
}

/** `command -v PROGRAM`: ngctl is there; of others only the machine knows. */
function lookUp(shell: Shell, args: readonly string[], { out }: Context): Status {
  const name = args.find((arg) => !arg.startsWith("-")) ?? "";
  if (!/(?:^|\/)(?:ngctl|kldload|kldstat|nghook|flowctl)$/.test(name)) return undefined;
  shell.write(out, name.startsWith("/") ? `${name}\n` : `/usr/sbin/${name}\n`);
  return 0;
}
