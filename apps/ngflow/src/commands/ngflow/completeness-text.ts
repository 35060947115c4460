import {
  type Completeness,
  joinLostOf,
  LOSS_REASONS,
  type LossReason,
  type LostInBin,
  lostOfText,
} from "@ngflow/flows";

/** What was lost in the range of an answer, one line for people; undefined if nothing is known to be. */
export function lossText({ lost }: Pick<Completeness, "lost">): string | undefined {
  const sums = new Map<LossReason, Pick<LostInBin, "count" | "by">>();
  for (const { reason, count, by } of lost) {
    const before = sums.get(reason) ?? { count: 0 };
    const sum = before.count === null || count === null ? null : before.count + count;
    sums.set(reason, { count: sum, by: joinLostOf(before.by, by) });
  }
  if (sums.size === 0) return undefined;
  return Array.from(sums, ([reason, { count, by }]) => {
    const whose = by === undefined ? "" : ` (${lostOfText(by)})`;
    return `${count === null ? "" : `${count} `}${LOSS_REASONS[reason].text}${whose}`;
  }).join("; ");
}

/** From when on an answer may change, one line for people; undefined if its range ends before, Unix milliseconds. */
export function underWayText({ underWayFrom, underWayBy }: Completeness, toMs: number): string | undefined {
  if (underWayFrom === null || Date.parse(underWayFrom) >= toMs) return undefined;
  return `flows after ${underWayFrom} may still be under way: those of ${underWayBy} take longest`;
}
