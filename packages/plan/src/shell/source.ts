/** A text that is run, and the line of the script that a place in it is on. */
export interface Source {
  readonly text: string;
  readonly lineOf: (position: number) => number;
}

/** A text whose first line has that number. */
export function sourceOf(text: string, firstLine: number): Source {
  const starts = lineStarts(text);
  return { text, lineOf: (position) => firstLine + lineAt(starts, position) };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the line that a place is on. */
function lineAt(starts: readonly number[], position: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
