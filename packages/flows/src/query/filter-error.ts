import { FlowsError } from "../errors.ts";
import { withShortQuotes } from "./short-quotes.ts";

/** Characters of a filter that a message shows around an error. */
const SHOWN = 60;

/** A filter that does not parse: usage error, with where in the text it went wrong. */
export class FilterError extends FlowsError {
  /** Offset in characters from the start of the filter. */
  readonly position: number;
  /** The part of the text around the error, and a second line that points at it. For a terminal. */
  readonly pointer: readonly [text: string, caret: string];

  constructor(problem: string, position: number, text: string) {
    const { part, at } = around(text, position);
    super("bad-filter", `filter: ${withShortQuotes(problem)}, at character ${position + 1} of "${part}"`);
    this.position = position;
    this.pointer = [part, `${" ".repeat(at)}^`];
  }
}

/** One printable line of a text around a position, and where in that line the position is. */
function around(text: string, position: number): { readonly part: string; readonly at: number } {
  const from = position > SHOWN ? position - Math.floor(SHOWN / 2) : 0;
  const to = text.length > from + SHOWN ? from + SHOWN : text.length;
  const line = text.slice(from, to).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
  const before = from > 0 ? "…" : "";
  return { part: `${before}${line}${to < text.length ? "…" : ""}`, at: before.length + position - from };
}
