import { FlowsError } from "../errors.ts";
import { shortened, withShortQuotes } from "./short-quotes.ts";
import type { QueryWord, Spelling } from "./words.ts";

const TIMES: ReadonlySet<QueryWord> = new Set(["from", "to", "last", "step"]);

/** A word of a query that is not valid. The message names the word, its value, and what to write. */
export class QueryWordError extends FlowsError {
  readonly word: QueryWord;

  constructor(word: QueryWord, value: string | undefined, problem: string, spelling: Spelling) {
    super(
      TIMES.has(word) ? "bad-time" : "bad-request",
      `${spelled(word, value && shortened(value), spelling)}: ${withShortQuotes(problem)}`,
    );
    this.word = word;
  }
}

/** A word as the person wrote it, with its value where there is one. */
export function spelled(word: QueryWord, value: string | undefined, spelling: Spelling): string {
  if (spelling === "option") return value === undefined ? `--${word}` : `--${word} ${value}`;
  return value === undefined ? word : `${word}=${value}`;
}
