import { type ColumnName, type FlowReader, type FlowsSpec, MAX_FLOWS } from "@ngflow/flows";
import type { Row } from "../../output/format.ts";
import { ReplayError } from "../errors.ts";

/** Columns by which rows of one millisecond are divided, with their largest values. */
const DIVIDED_BY: readonly (readonly [ColumnName, number])[] = [
  ["SrcPort", 65_535],
  ["DstPort", 65_535],
];

/** A time after all flows: in the year 2200. */
const MAX_MS = Date.UTC(2200, 0);
/** How near to the first flow the search for it goes, and the length of the first part. */
const NEAR_MS = 60_000;
const FIRST_MS = 60_000;
/** A part that has too many rows is asked again in so many. */
const SHRINK = 16;

/**
 * All stored flows of a request, oldest received first, in pages. An answer has a limited number of rows, so the time
 * of reception is divided until each part has fewer; rows of one millisecond are divided by their ports.
 * @param most rows of an answer: one that has fewer is whole
 * @throws ReplayError `replay-dense` for more rows than an answer has that are equal in all of these
 */
export async function* storedPages(
  reader: FlowReader,
  spec: FlowsSpec,
  onMissing: (days: readonly string[]) => void,
  most = MAX_FLOWS,
): AsyncGenerator<readonly Row[]> {
  const ask = async (condition: string, limit = most): Promise<readonly Row[]> => {
    const filter = [...(spec.filter ? [`(${spec.filter})`] : []), condition].join(" and ");
    const { rows, missing } = await reader.flows({ ...spec, filter, limit });
    if (missing !== undefined) onMissing(missing);
    return rows;
  };
  const before = async (ms: number): Promise<number | undefined> => {
    const [newest] = await ask(`TimeReceived < '${text(ms)}'`, 1);
    return newest === undefined ? undefined : timeOf(newest);
  };
  const newestMs = await before(MAX_MS);
  if (newestMs === undefined) return;
  const endMs = newestMs + 1;
  let fromMs = await firstMs(before, newestMs);
  let lengthMs = FIRST_MS;
  while (fromMs < endMs) {
    const toMs = Math.min(endMs, fromMs + lengthMs);
    const during = `TimeReceived >= '${text(fromMs)}' and TimeReceived < '${text(toMs)}'`;
    const rows = await ask(during);
    if (rows.length >= most && toMs - fromMs > 1) {
      lengthMs = Math.ceil((toMs - fromMs) / SHRINK);
      continue;
    }
    if (rows.length >= most) yield* divided(ask, during, most, DIVIDED_BY);
    else if (rows.length > 0) yield rows.toReversed();
    fromMs = toMs;
    if (rows.length < most / 4) lengthMs *= 2;
  }
}

/** A time before which there are no flows, but for those of NEAR_MS after it. */
async function firstMs(before: (ms: number) => Promise<number | undefined>, newestMs: number): Promise<number> {
  let [lowMs, highMs] = [0, newestMs];
  while (highMs - lowMs > NEAR_MS) {
    const middleMs = Math.floor((lowMs + highMs) / 2);
    const found = await before(middleMs);
    if (found === undefined) lowMs = middleMs;
    else highMs = found;
  }
  return lowMs;
}

/** The rows of a condition that has too many for one answer, by the values of the first column, then of the others. */
async function* divided(
  ask: (condition: string) => Promise<readonly Row[]>,
  condition: string,
  most: number,
  [by, ...others]: readonly (readonly [ColumnName, number])[],
): AsyncGenerator<readonly Row[]> {
  if (by === undefined) {
    throw new ReplayError(
      "replay-dense",
      `more than ${most} flows are equal in time of reception and ports (${condition}); narrow the filter, and send` +
        " the parts one after the other",
    );
  }
  const [column, largest] = by;
  let from = 0;
  let count = largest + 1;
  while (from <= largest) {
    const to = Math.min(largest, from + count - 1);
    const part = `${condition} and ${column} >= ${from} and ${column} <= ${to}`;
    const rows = await ask(part);
    if (rows.length >= most && to > from) {
      count = Math.ceil((to - from + 1) / SHRINK);
      continue;
    }
    if (rows.length >= most) yield* divided(ask, part, most, others);
    else if (rows.length > 0) yield rows.toReversed();
    from = to + 1;
    if (rows.length < most / 4) count *= 2;
  }
}

/** Unix milliseconds at which a row was received. */
export function timeOf(row: Row): number {
  return Date.parse(String(row["TimeReceived"]));
}

const text = (ms: number): string => new Date(ms).toISOString();
