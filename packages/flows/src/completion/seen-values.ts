import { MAX_TOP } from "../query/limits.ts";
import type { QueryResult, QuerySpec } from "../query/types.ts";
import type { ValueName } from "../query/value-by-name.ts";

const HOUR_MS = 3_600_000;

/** The hours in which values are looked for: the last two of a range, whole hours, so that roll-ups answer. */
export function seenRange(toMs: number): { readonly fromMs: number; readonly toMs: number } {
  const end = Math.ceil(toMs / HOUR_MS) * HOUR_MS;
  return { fromMs: Math.max(0, end - 2 * HOUR_MS), toMs: Math.max(end, HOUR_MS) };
}

/** Values of a column in a range, those with most bytes first. */
export async function readSeenValues(
  column: ValueName,
  range: { readonly fromMs: number; readonly toMs: number },
  query: (spec: QuerySpec) => Promise<QueryResult>,
): Promise<readonly (string | number)[]> {
  const { rows } = await query({ by: [column], metric: "bytes", ...range, top: MAX_TOP });
  return rows.flatMap((row) => row[column] ?? []);
}
