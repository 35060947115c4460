/** A part of a filter text as the box colours it. */
export interface Piece {
  readonly text: string;
  /** Kind of the token; null between tokens. */
  readonly kind: string | null;
  /** The parser fails here. */
  readonly isBad: boolean;
}

interface Token {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
}

/**
 * The whole text in pieces. The word where the parser fails is marked; a fault at the very end is that of a text that
 * is not finished, and is not.
 */
export function piecesOf(text: string, tokens: readonly Token[], faultAt: number | null): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const plain = (to: number): void => {
    if (to > at) pieces.push({ text: text.slice(at, to), kind: null, isBad: false });
    at = Math.max(at, to);
  };
  for (const { from, to, kind } of tokens) {
    if (from < at || to > text.length || to <= from) continue;
    plain(from);
    const isBad = faultAt !== null && faultAt >= from && faultAt < to && to < text.length + 1;
    pieces.push({ text: text.slice(from, to), kind, isBad });
    at = to;
  }
  plain(text.length);
  return pieces;
}

/** What is wrong, without the filter that the message repeats and without its name. */
export function faultText(message: string): string {
  return message.replace(/^filter: /, "").replace(/, at character \d+ of "[^]*"$/, "");
}

/** A text in which a part is replaced by a completion, and where the cursor is then. A word ends with a space. */
export function completed(
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
  completion: string,
): { readonly text: string; readonly at: number } {
  const rest = text.slice(to);
  const gap = /^[\s),\]]/.test(rest) ? "" : " ";
  const head = `${text.slice(0, from)}${completion}${gap}`;
  return { text: head + rest, at: gap === "" && rest.startsWith(" ") ? head.length + 1 : head.length };
}
