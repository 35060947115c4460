import type { NgctlSession } from "./verb.ts";

/**
 * Leading single-letter flags, clustered or not, as getopt takes them; `--` ends them.
 * @returns `flags` undefined when one is not among `known`, after a line about it in getopt's words.
 */
export function takeFlags(
  session: Pick<NgctlSession, "warn">,
  args: readonly string[],
  known: string,
): { flags: ReadonlySet<string> | undefined; rest: readonly string[] } {
  const flags = new Set<string>();
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    for (const flag of word.slice(1)) {
      if (!known.includes(flag)) {
        session.warn(`illegal option -- ${flag}`);
        return { flags: undefined, rest: args };
      }
      flags.add(flag);
    }
  }
  return { flags, rest: args.slice(at) };
}
