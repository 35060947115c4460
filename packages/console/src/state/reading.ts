import type { ApiAnswer } from "@ngflow/server/client";

type Progress = ApiAnswer<"/progress">;

/** How far the questions are that a page waits for, together. */
export interface Reading {
  /** Rows read so far. */
  readonly rows: number;
  /** Rows to read in all, nearly; null while the server does not know it of each question. */
  readonly rowsTotal: number | null;
}

/** Adds up what the server says of each question that is under way; null where it knows none. */
export function readingOf(answers: readonly Progress[]): Reading | null {
  const known = answers.filter(({ state }) => state !== "none");
  if (known.length === 0) return null;
  const rows = known.reduce((sum, each) => sum + each.rows, 0);
  const totals = known.map(({ rowsTotal }) => rowsTotal);
  if (totals.includes(null)) return { rows, rowsTotal: null };
  return {
    rows,
    rowsTotal: Math.max(
      rows,
      totals.reduce<number>((sum, total) => sum + (total ?? 0), 0),
    ),
  };
}

/** An id of its own for a request, which `/progress` knows it by. Pages without HTTPS have no `randomUUID`. */
export function requestId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
