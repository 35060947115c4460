/** The command line of ngctl before its command words. */
export interface Options {
  readonly debugLevel: number;
  /** `-f`: a file, or `-` for standard input. */
  readonly file?: string;
  /** `-n`: name of the own node; empty for none. */
  readonly name?: string;
  /** `--control`: the daemon's socket. */
  readonly control?: string;
  readonly words: readonly string[];
}

export const USAGE = "usage: ngctl [-d] [-f file] [-n name] [--control socket] [command ...]";

/** @returns the options, or what is wrong with them in getopt's words. Options end at the first word that is none. */
export function parseOptions(argv: readonly string[]): Options | { readonly problem: string } {
  let debugLevel = 0;
  const values: { file?: string; name?: string; control?: string } = {};
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    if (word === "--control" || word.startsWith("--control=")) {
      const value = word === "--control" ? argv[++at] : word.slice("--control=".length);
      if (value === undefined) return { problem: "option requires an argument -- control" };
      values.control = value;
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const flag = word[i]!;
      if (flag === "d") {
        debugLevel++;
        continue;
      }
      if (flag !== "f" && flag !== "n") return { problem: `illegal option -- ${flag}` };
      const value = i + 1 < word.length ? word.slice(i + 1) : argv[++at];
      if (value === undefined) return { problem: `option requires an argument -- ${flag}` };
      if (flag === "f") values.file = value;
      else values.name = value;
      break;
    }
  }
  return { debugLevel, ...values, words: argv.slice(at) };
}
