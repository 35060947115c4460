import type { LearnedName } from "@ngflow/flows";

/**
 * The names that several collectors learnt, as one list: the same whoever makes it. A name holds until the next one of
 * the same thing, whichever collector that came to.
 */
export function unionNames(lists: readonly (readonly LearnedName[])[]): readonly LearnedName[] {
  const [first = [], ...others] = lists.filter((list) => list.length > 0);
  if (others.length === 0) return first;
  const byThing = new Map<string, LearnedName[]>();
  for (const row of lists.flat()) {
    const key = `${row.exporter} ${row.domain} ${row.kind} ${row.id}`;
    const rows = byThing.get(key);
    if (rows === undefined) byThing.set(key, [row]);
    else rows.push(row);
  }
  return [...byThing.keys()].sort().flatMap((key) => inTurn(byThing.get(key)!));
}

/** Names of one thing, each until the next one. */
function inTurn(rows: readonly LearnedName[]): readonly LearnedName[] {
  const sorted = rows.toSorted((a, b) => compare(a.from, b.from) || compare(a.name, b.name));
  const found: LearnedName[] = [];
  for (const row of sorted) {
    const last = found.at(-1);
    if (last === undefined) found.push(row);
    else if (
      last.name === row.name &&
      last.description === row.description &&
      (last.to === null || row.from <= last.to)
    )
      found[found.length - 1] = { ...last, to: last.to === null || row.to === null ? null : laterOf(last.to, row.to) };
    else {
      if (last.to === null || last.to > row.from) found[found.length - 1] = { ...last, to: row.from };
      found.push(row);
    }
  }
  return found;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const laterOf = (a: string, b: string): string => (a > b ? a : b);
