/** The command line of nghook. */
export interface Options {
  /** `-a`: packets as a hexadecimal dump. */
  readonly dump: boolean;
  /** `-d`, as often as given. */
  readonly debugLevel: number;
  /** `-e`: run a program on the hook. */
  readonly execute: boolean;
  /** `-l`: send every packet back as well. */
  readonly loop: boolean;
  /** `-n`: read no input. */
  readonly noInput: boolean;
  /** `-s`: write packets to descriptor 0. */
  readonly outputToStdin: boolean;
  /** `-S`: read packets from descriptor 1. */
  readonly inputFromStdout: boolean;
  /** `-m`: messages to the node, in order. */
  readonly messages: readonly string[];
  readonly control?: string;
  readonly path: string;
  readonly hook: string;
  /** Program and arguments of `-e`. */
  readonly program: readonly string[];
}

export const USAGE = [
  "usage: nghook [-adlnsS] [-m msg] [--control socket] path [hookname]",
  "       nghook -e [-n] [-m msg] [--control socket] path hookname prog [args ...]",
  "",
].join("\n");

/** What is wrong, in the original's words, and the usage. */
function wrong(reason = ""): { readonly problem: string } {
  return { problem: `${reason}${USAGE}` };
}

const FLAGS = "adelnsS";
const DEFAULT_HOOK = "debug";

/** @returns the options, or the lines to print about wrong usage (reference: netgraph.md §9). */
export function parseOptions(argv: readonly string[]): Options | { readonly problem: string } {
  const flags: string[] = [];
  const messages: string[] = [];
  let control: string | undefined;
  let at = 0;
  for (; argv[at]?.startsWith("-") === true && argv[at] !== "-"; at++) {
    const word = argv[at]!;
    if (word === "--") {
      at++;
      break;
    }
    if (word === "--control" || word.startsWith("--control=")) {
      control = word === "--control" ? argv[++at] : word.slice("--control=".length);
      if (control === undefined) return wrong("nghook: option requires an argument -- control\n");
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const flag = word[i]!;
      if (flag === "m") {
        const message = i + 1 < word.length ? word.slice(i + 1) : argv[++at];
        if (message === undefined) return wrong("nghook: option requires an argument -- m\n");
        messages.push(message);
        break;
      }
      if (!FLAGS.includes(flag)) return wrong(`nghook: illegal option -- ${flag}\n`);
      flags.push(flag);
    }
  }
  const [path, hook, ...program] = argv.slice(at);
  const has = (flag: string): boolean => flags.includes(flag);
  const execute = has("e");
  if (execute && (has("a") || has("l"))) return wrong("conflicting options\n");
  if (path === undefined || (execute ? program.length === 0 : program.length > 0)) return wrong();
  return {
    dump: has("a"),
    debugLevel: flags.filter((flag) => flag === "d").length,
    execute,
    loop: has("l"),
    noInput: has("n"),
    outputToStdin: has("s"),
    inputFromStdout: has("S"),
    messages,
    ...(control !== undefined && { control }),
    path,
    hook: hook ?? DEFAULT_HOOK,
    program,
  };
}
