/** The command line of ngctl before its command words. */
export interface Options {
  readonly debugLevel: number;
  /** `-f`: a file, or `-` for standard input. */
  readonly file?: string;
  /** `-t`: a file, or `-`, to be applied as one transaction. */
  readonly tryFile?: string;
  /** `--force`: with `-t`, apply what the dry run would refuse. */
  readonly force?: boolean;
  /** `-n`: name of the own node; empty for none. */
  readonly name?: string;
  /** `--control`: the daemon's socket. */
  readonly control?: string;
  /** `--help` or `-h`: print the help and do nothing else. */
  readonly help?: boolean;
  readonly words: readonly string[];
}

const CONTROL = "--control";
const NO_SOCKET = "option requires an argument -- control";

export const USAGE = "usage: ngctl [-d] [-f file | -t file [--force]] [-n name] [--control socket] [command ...]";

/**
 * @returns the options, or the problem in getopt's words. Options end at the first word that is not an option, but
 *   `--control` is taken from anywhere on the line, and `--json` may precede the command that it belongs to.
 */
export function parseOptions(argv: readonly string[]): Options | { readonly problem: string } {
  let debugLevel = 0;
  const values: { file?: string; tryFile?: string; force?: boolean; name?: string; control?: string } = {};
  const json: string[] = [];
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    if (isControl(word)) {
      const value = controlOf(argv, at);
      if (value === undefined) return { problem: NO_SOCKET };
      if (word === CONTROL) at++;
      values.control = value;
      continue;
    }
    if (word === "--help" || word === "-h") return { debugLevel, help: true, words: [] };
    if (word === "--json") {
      json.push(word);
      continue;
    }
    if (word === "--force") {
      values.force = true;
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const flag = word[i]!;
      if (flag === "d") {
        debugLevel++;
        continue;
      }
      if (flag !== "f" && flag !== "n" && flag !== "t") return { problem: `illegal option -- ${flag}` };
      const value = i + 1 < word.length ? word.slice(i + 1) : argv[++at];
      if (value === undefined) return { problem: `option requires an argument -- ${flag}` };
      if (flag === "f") values.file = value;
      else if (flag === "t") values.tryFile = value;
      else values.name = value;
      break;
    }
  }
  const words: string[] = [];
  for (; at < argv.length; at++) {
    const word = argv[at]!;
    if (!isControl(word)) {
      words.push(word);
      continue;
    }
    const value = controlOf(argv, at);
    if (value === undefined) return { problem: NO_SOCKET };
    if (word === CONTROL) at++;
    values.control = value;
  }
  if (words.length > 0) words.push(...json);
  if (values.tryFile !== undefined && (values.file !== undefined || words.length > 0)) {
    return { problem: "-t cannot be combined with -f or a command" };
  }
  if (values.force === true && values.tryFile === undefined) return { problem: "--force needs -t" };
  return { debugLevel, ...values, words };
}

function isControl(word: string): boolean {
  return word === CONTROL || word.startsWith(`${CONTROL}=`);
}

/** The socket that the option at `at` names; undefined if it names none. */
function controlOf(argv: readonly string[], at: number): string | undefined {
  const word = argv[at]!;
  return word === CONTROL ? argv[at + 1] : word.slice(CONTROL.length + 1);
}
