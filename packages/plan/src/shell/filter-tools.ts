import { boundedExpression } from "./expressions.ts";
import { classes } from "./patterns.ts";
import type { TextLine } from "./shell-text.ts";

/** What a filter makes of its lines. */
export interface Filtered {
  readonly lines: readonly TextLine[];
  readonly status: number;
}

/** Options of a filter as letters with values, and its other words. */
export function options(
  args: readonly string[],
  values: string,
): { readonly flags: ReadonlyMap<string, string>; readonly words: readonly string[] } {
  const flags = new Map<string, string>();
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--") {
      at++;
      break;
    }
    if (!/^-[^\d]/.test(word)) break;
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      if (!values.includes(letter)) {
        flags.set(letter, "");
        continue;
      }
      flags.set(letter, i + 1 < word.length ? word.slice(i + 1) : (args[++at] ?? ""));
      break;
    }
  }
  return { flags, words: args.slice(at) };
}

/**
 * A regular expression of grep, sed or awk for JavaScript; undefined when it is not one, or could take too long.
 * @param extended whether `+ ? | ( ) { }` are operators without a backslash.
 * @param texts that it is for.
 */
export function regularExpression(
  pattern: string,
  extended: boolean,
  texts: Iterable<{ readonly text: string }>,
  flags = "",
): RegExp | undefined {
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const next = pattern[i + 1];
    if (char === "[") {
      const set = /^\[(\^?)(\]?(?:\[:\w+:\]|[^\]])*)\]/.exec(pattern.slice(i));
      if (set === null) return undefined;
      source += `[${set[1]}${classes(set[2]!)}]`;
      i += set[0].length - 1;
    } else if (char === "\\" && next !== undefined) {
      i++;
      if (!extended && "+?|(){}".includes(next)) source += next;
      else source += next === "<" || next === ">" ? "\\b" : `\\${next}`;
    } else if (!extended && "+?|(){}".includes(char)) source += `\\${char}`;
    else if (char === "*" && source === "") source += "\\*";
    else source += char;
  }
  let longest = 0;
  for (const { text } of texts) longest = Math.max(longest, text.length);
  return boundedExpression(source, flags, longest);
}
