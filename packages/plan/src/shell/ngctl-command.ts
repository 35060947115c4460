import { linePieces } from "../script/line-pieces.ts";
import type { TextLine } from "./shell-text.ts";

/** ngctl's own options, and the words behind them. */
export interface NgctlOptions {
  /** File of `-f`; `-` is standard input. */
  readonly file: string | undefined;
  /** Name of its node: `-n`. */
  readonly name: string | undefined;
  readonly words: readonly string[];
}

export function ngctlOptions(args: readonly string[]): NgctlOptions {
  let at = 0;
  let file: string | undefined;
  let name: string | undefined;
  for (; at < args.length && args[at]!.startsWith("-") && args[at] !== "-"; at++) {
    const word = args[at]!;
    if (word === "--") {
      at++;
      break;
    }
    for (let i = 1; i < word.length; i++) {
      if (word[i] !== "f" && word[i] !== "n") continue;
      const value = i + 1 < word.length ? word.slice(i + 1) : (args[++at] ?? "");
      if (word[i] === "f") file = value;
      else name = value;
      break;
    }
  }
  return { file, name, words: args.slice(at) };
}

/** Most words of a line that ngctl looks at. */
const MAX_WORDS = 511;

/** Words of a line as `ngctl -f` separates them: nothing quotes. */
export function blankSeparated(line: string): string[] {
  return line
    .split(/[ \t\r\n\v\f]+/)
    .filter((word) => word !== "")
    .slice(0, MAX_WORDS);
}

/** Commands of a file as ngctl reads them: `#` in the first column begins a comment. */
export function* ngctlLines(lines: readonly TextLine[]): Generator<{ words: string[]; line: number }> {
  for (const { text, line } of lines) {
    for (const piece of linePieces(text)) {
      if (piece.startsWith("#")) continue;
      const words = blankSeparated(piece);
      if (words.length > 0) yield { words, line };
    }
  }
}

/** Characters of a command that reports repeat. */
const MAX_SHOWN = 1000;

export function shownCommand(words: readonly string[]): string {
  const text = words.join(" ");
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
