import type { ExporterStatus } from "../exporter-status.ts";

/** Whose a part of a loss is. */
export interface LostOf {
  /** Address of the exporter. */
  readonly exporter: string;
  readonly count: number;
}

/** What exporters count by their address. */
export type ExporterCounts = Readonly<Record<string, number>>;

/** Most exporters that a loss names: those that lost most. */
export const MAX_LOST_OF = 10;

/** Sums of a counter of sessions, by the address of the exporter; those that are 0 are left out. */
export function countByExporter(
  exporters: readonly ExporterStatus[],
  counter: (exporter: ExporterStatus) => number,
): ExporterCounts {
  const counts: Record<string, number> = {};
  for (const exporter of exporters) {
    const count = counter(exporter);
    if (count > 0) counts[exporter.address] = (counts[exporter.address] ?? 0) + count;
  }
  return counts;
}

/**
 * By how much counters grew, those that grew most first; one that is smaller than before began again. Undefined if
 * that is more than the whole loss: sessions that ended took their counts along, so nobody knows.
 */
export function lostOf(before: ExporterCounts, after: ExporterCounts, whole: number): readonly LostOf[] | undefined {
  const grown = Object.entries(after).flatMap(([exporter, now]) => {
    const then = before[exporter] ?? 0;
    const count = now < then ? now : now - then;
    return count > 0 ? [{ exporter, count }] : [];
  });
  return grown.reduce((sum, { count }) => sum + count, 0) > whole ? undefined : shortened(grown);
}

/** Two lists as one. */
export function joinLostOf(a: readonly LostOf[] = [], b: readonly LostOf[] = []): readonly LostOf[] | undefined {
  const sums = new Map<string, number>();
  for (const { exporter, count } of [...a, ...b]) sums.set(exporter, (sums.get(exporter) ?? 0) + count);
  return shortened(Array.from(sums, ([exporter, count]) => ({ exporter, count })));
}

function shortened(all: readonly LostOf[]): readonly LostOf[] | undefined {
  if (all.length === 0) return undefined;
  return all.toSorted((a, b) => b.count - a.count || (a.exporter < b.exporter ? -1 : 1)).slice(0, MAX_LOST_OF);
}

/** `192.0.2.1: 28, 192.0.2.7: 2`, for people. */
export function lostOfText(by: readonly LostOf[]): string {
  return by.map(({ exporter, count }) => `${exporter}: ${count}`).join(", ");
}
