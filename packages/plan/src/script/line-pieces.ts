/** Characters of the longest line that ngctl reads at once (reference: netgraph.md §8.3). */
export const MAX_LINE = 2047;

/**
 * The lines that ngctl sees in one of a file: a longer one becomes several, and each ends where C's string does, at a
 * zero byte.
 */
export function* linePieces(line: string): Generator<string> {
  for (let at = 0; at === 0 || at < line.length; at += MAX_LINE) {
    const piece = line.slice(at, at + MAX_LINE);
    const zero = piece.indexOf("\0");
    yield zero < 0 ? piece : piece.slice(0, zero);
  }
}
