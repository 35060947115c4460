/** The candidate that a mistyped word is most like; undefined when none is near. Case does not matter. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const text = word.toLowerCase().slice(0, 40);
  let best: string | undefined;
  // One fault in a word of three letters, two in six, and never as many as half of the letters.
  let least = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = distanceOf(text, candidate.toLowerCase(), least + 1);
    const isNearer =
      distance < least ||
      (best !== undefined && distance === least && isCutOff(text, candidate) && !isCutOff(text, best));
    if (isNearer && distance * 2 < Math.max(text.length, candidate.length)) [best, least] = [candidate, distance];
  }
  return best;
}

/** Of words that are equally near, the one whose end is missing is meant: `prot` is `proto` rather than `port`. */
function isCutOff(text: string, candidate: string): boolean {
  return candidate.toLowerCase().startsWith(text);
}

/** Letters to insert, remove, replace or swap with the next one; `limit` when there are as many or more. */
function distanceOf(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return Math.min(limit, last[b.length]!);
}
