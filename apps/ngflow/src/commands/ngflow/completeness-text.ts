import { type Completeness, LOSS_REASONS, type LossReason, type LostInBin } from "@ngflow/flows";

/** What was lost in the range of an answer, one line for people; undefined if nothing is known to be. */
export function lossText({ lost }: Pick<Completeness, "lost">): string | undefined {
  const sums = new Map<LossReason, LostInBin["count"]>();
  for (const { reason, count } of lost) {
    const before = sums.get(reason);
    sums.set(reason, before === null || count === null ? null : (before ?? 0) + count);
  }
  if (sums.size === 0) return undefined;
  return Array.from(sums, ([reason, count]) => `${count === null ? "" : `${count} `}${LOSS_REASONS[reason].text}`).join(
    "; ",
  );
}

/** From when on an answer may change, one line for people; undefined if its range ends before, Unix milliseconds. */
export function underWayText({ underWayFrom, underWayBy }: Completeness, toMs: number): string | undefined {
  if (underWayFrom === null || Date.parse(underWayFrom) >= toMs) return undefined;
  return `flows after ${underWayFrom} may still be under way: those of ${underWayBy} take longest`;
}
