import type { FlowsResult } from "@ngflow/server/client";

export type FlowRecord = FlowsResult["rows"][number];

/** Records of a page. */
export const PAGE_ROWS = 100;
/** Most records of an answer: a page of sorted records is within the first of them. */
export const SORTED_ROWS = 10_000;

/**
 * Where a page of records begins that are newest first: at a time of reception, after the records of that millisecond
 * that were shown before. Null is the first page.
 */
export interface PageStart {
  /** ISO 8601. */
  readonly receivedAt: string;
  /** The records of that millisecond on the pages before, as texts. */
  readonly shown: readonly string[];
}

/** The filter of a page: what was received later is on the pages before. */
export function pageFilter(filter: string, start: PageStart | null): string {
  const terms = [
    ...(filter === "" ? [] : [start === null ? filter : `(${filter})`]),
    ...(start === null ? [] : [`TimeReceived <= '${start.receivedAt}'`]),
  ];
  return terms.join(" and ");
}

/** Records to ask for: a page, one to see whether there are more, and those that are known already. */
export function pageLimit(start: PageStart | null): number {
  return Math.min(SORTED_ROWS, PAGE_ROWS + 1 + (start?.shown.length ?? 0));
}

/** The records of a page out of an answer to `pageFilter`, and where the next page begins; null at the end. */
export function pageOf(
  rows: readonly FlowRecord[],
  start: PageStart | null,
): { readonly rows: readonly FlowRecord[]; readonly next: PageStart | null } {
  const known = new Map<string, number>();
  for (const text of start?.shown ?? []) known.set(text, (known.get(text) ?? 0) + 1);
  const fresh = rows.filter((row) => {
    if (row["TimeReceived"] !== start?.receivedAt) return true;
    const text = JSON.stringify(row);
    const left = known.get(text) ?? 0;
    known.set(text, left - 1);
    return left <= 0;
  });
  const page = fresh.slice(0, PAGE_ROWS);
  const last = page.at(-1);
  if (fresh.length <= PAGE_ROWS || last === undefined) return { rows: page, next: null };
  const receivedAt = String(last["TimeReceived"]);
  const shown = page.filter((row) => row["TimeReceived"] === receivedAt).map((row) => JSON.stringify(row));
  const before = receivedAt === start?.receivedAt ? start.shown : [];
  return { rows: page, next: { receivedAt, shown: [...before, ...shown] } };
}
