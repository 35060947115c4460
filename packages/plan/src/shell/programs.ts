import type { Builtin } from "./builtins.ts";
import type { Context, Status } from "./context.ts";
import { shellNumber } from "./arithmetic.ts";
import { regularExpression } from "./filter-tools.ts";
import { matchesPattern } from "./patterns.ts";
import type { Shell } from "./shell.ts";
import { unknownOutput } from "./unknown-output.ts";
import { isUnknown } from "./unknowns.ts";

/** Programs of which enough is known to go on: what they print depends on their words only, or not on this machine. */
export const PROGRAMS: Readonly<Record<string, Builtin>> = {
  kldload: modules("kldload"),
  kldunload: modules("kldunload"),
  load_kld: modules("kldload"),
  kldstat: isLoaded,
  ifconfig,
  expr: expression,
  seq: (shell, args, context, text) => sequence(shell, range(args), context, text),
  jot: (shell, args, context, text) => sequence(shell, jotRange(args), context, text),
  basename: (shell, [path = "", suffix = ""], { out }, text) => {
    if (isUnknown(path)) return named(shell, out, text);
    const name = path.replace(/\/+$/, "").replace(/^.*\//, "");
    shell.write(
      out,
      `${name.endsWith(suffix) && name !== suffix ? name.slice(0, name.length - suffix.length) : name}\n`,
    );
    return 0;
  },
  dirname: (shell, [path = ""], { out }, text) => {
    if (isUnknown(path)) return named(shell, out, text);
    shell.write(out, `${path.includes("/") ? path.replace(/\/+[^/]*\/*$/, "") || "/" : "."}\n`);
    return 0;
  },
  tee: (shell, args, context) => {
    const lines = context.input?.rest() ?? [];
    for (const file of args.filter((arg) => !arg.startsWith("-"))) {
      const { text } = shell.fileOutput(file, args[0] === "-a");
      text?.addLines(lines);
    }
    context.out.text?.addLines(lines);
    return 0;
  },
  rm: (shell, args) => {
    for (const file of args) shell.files.delete(file);
    return 0;
  },
  mktemp: (shell, args, { out }) => {
    const template = args.find((arg) => arg.includes("/")) ?? "/tmp/tmp.XXXXXX";
    const path = template.replace(/X+$/, `${shell.files.size + 1}`);
    shell.fileOutput(path, false);
    shell.write(out, `${path}\n`);
    return 0;
  },
  id: (shell, [option = ""], { out }, text) => {
    if (option !== "-u") return named(shell, out, text);
    shell.write(out, "0\n");
    return 0;
  },
  whoami: (shell, _args, { out }) => (shell.write(out, "root\n"), 0),
  uname: (shell, args, { out }, text) => {
    if (args.length > 0 && args[0] !== "-s") return named(shell, out, text);
    shell.write(out, "FreeBSD\n");
    return 0;
  },
  sleep: () => 0,
  sync: () => 0,
  logger: () => 0,
  sh: shellProgram,
  bash: shellProgram,
  su: (shell, args, context, text) => shellProgram(shell, args, context, text),
  xargs,
};

/** Output of a command that only the machine knows, which succeeds. */
function named(shell: Shell, out: Context["out"], text: string): Status {
  out.text?.add(`${shell.unknowns.outputOf(text)}\n`, shell.line);
  return 0;
}

function modules(program: string): Builtin {
  return (shell, args) => {
    const names = args.filter((arg, i) => !arg.startsWith("-") && !/^-[em]$/.test(args[i - 1] ?? ""));
    const words = names.map((name) => shell.unknowns.shown(name));
    if (words.length === 0) return 1;
    shell.add({
      line: shell.line,
      text: [program, ...args.map((arg) => shell.unknowns.shown(arg))].join(" "),
      words: [program, ...words],
      kind: "module",
      session: 0,
      stopsAtFailure: false,
    });
    return 0;
  };
}

/** `kldstat -m NAME`: whether the script has loaded the module. What the kernel has besides, only the machine knows. */
function isLoaded(shell: Shell, args: readonly string[], context: Context, text: string): Status {
  const name = args.find((arg) => !arg.startsWith("-"));
  if (name === undefined) return unknownOutput(shell, context, text);
  const wanted = name.replace(/\.ko$/, "");
  const loaded = shell.commands.some(
    ({ kind, words: [program, ...names] }) =>
      kind === "module" && program === "kldload" && names.some((each) => each.replace(/\.ko$/, "") === wanted),
  );
  return loaded ? 0 : 1;
}

/** Names of the interfaces that nodes are: `ngeth0` and `ng0`. */
const OF_NODES = /^ng(?:eth)?\d+$/;

/** `ifconfig INTERFACE …`: an interface that is a node is there when the node is. Of others only the machine knows. */
function ifconfig(shell: Shell, args: readonly string[], context: Context, text: string): Status {
  const name = args.find((arg) => !arg.startsWith("-")) ?? "";
  shell.ignored.add(shell.line, text, "not a command of ngctl");
  unknownOutput(shell, context, text);
  return OF_NODES.test(name) ? Number(!shell.options.host.hasNode(name)) : undefined;
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => Math.trunc(a / b),
  "%": (a, b) => a % b,
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
};

/** `expr A OPERATOR B …` from the left, `A = B`, `A : PATTERN`. */
function expression(shell: Shell, args: readonly string[], context: Context, text: string): Status {
  if (args.some(isUnknown)) return unknownOutput(shell, context, text);
  let value = args[0] ?? "";
  for (let i = 1; i + 1 < args.length; i += 2) {
    const [operator, right] = [args[i]!, args[i + 1]!];
    const [a, b] = [shellNumber(value), shellNumber(right)];
    const number = OPERATORS[operator];
    if (operator === "=" || operator === "!=") value = String(Number((value === right) === (operator === "=")));
    else if (operator === ":") {
      const length = matchLength(value, right);
      if (length === undefined) return unknownOutput(shell, context, text);
      value = length;
    } else if (number !== undefined && a !== undefined && b !== undefined) value = String(number(a, b));
    else return unknownOutput(shell, context, text);
  }
  shell.write(context.out, `${value}\n`);
  return value === "" || value === "0" ? 1 : 0;
}

/** `expr TEXT : PATTERN`; undefined for a pattern that is none. */
function matchLength(text: string, pattern: string): string | undefined {
  const expression = regularExpression(`^${pattern.replace(/^\^/, "")}`, false, [{ text }]);
  if (expression === undefined) return undefined;
  const match = expression.exec(text);
  if (pattern.includes("\\(")) return match?.[1] ?? "";
  return String(match?.[0].length ?? 0);
}

function range(args: readonly string[]): number[] | undefined {
  const numbers = args.map(shellNumber);
  if (numbers.length === 0 || numbers.some((each) => each === undefined)) return undefined;
  const known = numbers as number[];
  const [from, step, to] =
    known.length === 1 ? [1, 1, known[0]!] : known.length === 2 ? [known[0]!, 1, known[1]!] : known;
  if (step === 0 || step === undefined) return undefined;
  return Array.from(
    { length: Math.min(10_000, Math.max(0, Math.floor((to! - from!) / step) + 1)) },
    (_, i) => from! + i * step,
  );
}

function jotRange([count = "", first = "1"]: readonly string[]): number[] | undefined {
  const [n, from] = [shellNumber(count), shellNumber(first)];
  return n === undefined || from === undefined
    ? undefined
    : Array.from({ length: Math.min(10_000, Math.max(0, n)) }, (_, i) => from + i);
}

function sequence(shell: Shell, numbers: readonly number[] | undefined, context: Context, text: string): Status {
  if (numbers === undefined) return unknownOutput(shell, context, text);
  shell.write(context.out, numbers.map((number) => `${number}\n`).join(""));
  return 0;
}

/** `sh -c TEXT`, and a shell whose commands come from its standard input. */
async function shellProgram(shell: Shell, args: readonly string[], context: Context, text: string): Promise<Status> {
  const at = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
  const input = args.length === 0 ? context.input?.rest() : undefined;
  const script = at >= 0 ? args[at + 1] : input?.map((line) => line.text).join("\n");
  if (script === undefined || isUnknown(script)) {
    const about =
      args.length > 0 && at < 0 ? "another script; explain that file" : "its commands are only known on the machine";
    shell.ignored.add(shell.line, text, about);
    return unknownOutput(shell, context, text);
  }
  return shell.subshell(() => shell.runText(script, context));
}

/** `xargs [-n1] [-I{}] PROGRAM WORD…` over lines that are known. */
async function xargs(shell: Shell, args: readonly string[], context: Context, text: string): Promise<Status> {
  let at = 0;
  let place: string | undefined;
  let each = 5000;
  for (; at < args.length && args[at]!.startsWith("-"); at++) {
    const [, letter = "", attached = ""] = /^-([InLrt0J])(.*)$/s.exec(args[at]!) ?? [];
    if (!"InLJ".includes(letter) || letter === "") continue;
    const value = attached === "" ? (args[++at] ?? "") : attached;
    if (letter === "I" || letter === "J") place = value;
    else each = shellNumber(value) ?? 0;
  }
  if (!(each >= 1)) return unknownOutput(shell, context, text);
  const program = args.slice(at);
  const words = (context.input?.rest() ?? []).flatMap((line) =>
    place === undefined ? line.text.split(/\s+/).filter(Boolean) : [line.text],
  );
  const ngctl = program.some((word) => matchesPattern(word, "*ngctl"));
  if (context.input === undefined || words.some(isUnknown)) {
    if (ngctl) shell.unclear.add(shell.line, text, "xargs runs ngctl with words that only the machine knows");
    return unknownOutput(shell, context, text);
  }
  let status: Status = 0;
  for (let i = 0; i < words.length; i += place === undefined ? each : 1) {
    const own = words.slice(i, i + (place === undefined ? each : 1));
    const line = place === undefined ? [...program, ...own] : program.map((word) => word.replaceAll(place!, own[0]!));
    status = await shell.runWords(line, context, text);
  }
  return status;
}
