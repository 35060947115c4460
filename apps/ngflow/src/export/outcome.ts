import type { Destination } from "./destination.ts";
import { type LargeFlow, LargestFlows } from "./largest-flows.ts";
import type { ExportStats, MeterStats } from "./meter-stats.ts";
import { WatchedDestination } from "./watched-destination.ts";

/** Result of a run, or of one of its threads. Plain data: threads send it. */
export interface Outcome {
  readonly stats: ExportStats;
  /** Flow records with the most bytes, if they were wanted. */
  readonly largest: readonly LargeFlow[];
}

/**
 * Has `meter` export to a destination, and closes it: what was written is discarded when it throws, and when its input
 * is damaged from the start.
 */
export async function exportTo<Metered extends { readonly stats: MeterStats; readonly damage: Error | null }>(
  opened: Destination,
  wantsLargest: boolean,
  meter: (destination: Destination) => Promise<Metered>,
): Promise<Outcome & Pick<Metered, "damage">> {
  const largest = new LargestFlows();
  const destination = wantsLargest ? new WatchedDestination(opened, largest) : opened;
  const { stats, damage } = await meter(destination).catch((error: unknown) => {
    destination.discard();
    throw error;
  });
  if (damage !== null && stats.datagrams === 0) destination.discard();
  else await destination.close();
  const { sendErrors, refused } = destination;
  return { stats: { ...stats, sendErrors, refused }, largest: largest.flows, damage };
}

/** Results of threads, in the order of their source ids, as one. */
export function summed(outcomes: readonly Outcome[]): Outcome & { readonly workers: readonly ExportStats[] } {
  const workers = outcomes.map(({ stats }) => stats);
  const largest = LargestFlows.merged(outcomes.map((each) => each.largest));
  return { stats: workers.reduce(sum), largest, workers };
}

function sum(a: ExportStats, b: ExportStats): ExportStats {
  const skipped: Record<string, number> = { ...a.skipped };
  for (const [reason, count] of Object.entries(b.skipped)) skipped[reason] = (skipped[reason] ?? 0) + count;
  return {
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    skipped,
    records: a.records + b.records,
    datagrams: a.datagrams + b.datagrams,
    sendErrors: a.sendErrors + b.sendErrors,
    refused: a.refused + b.refused,
  };
}
