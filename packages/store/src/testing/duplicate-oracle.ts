import { SAME_TIME_MS } from "@ngflow/flows";

/** What decides of the rows of one flow which are duplicates. */
export interface Seen {
  readonly ExporterAddr: string;
  readonly Direction: number;
  readonly SamplingRate: number;
  readonly TimeStart: number;
  readonly TimeEnd: number;
}

/** The definition: a better point has a record of the flow at this time. `ofFlow`: all rows of the flow. */
export function isDuplicate(row: Seen, ofFlow: readonly Seen[]): boolean {
  const same = (a: Seen, b: Seen): boolean => a.ExporterAddr === b.ExporterAddr && a.Direction === b.Direction;
  const rate = (of: Seen): number =>
    Math.max(1, ...ofFlow.filter((one) => same(one, of)).map(({ SamplingRate }) => SamplingRate));
  // Addresses whose texts are in their order; IPv4 addresses are before those of IPv6.
  const rank = (of: Seen): string => `${String(rate(of)).padStart(10, "0")} ${of.ExporterAddr} ${of.Direction}`;
  const start = (of: Seen): number => Math.min(of.TimeStart, of.TimeEnd);
  return ofFlow.some(
    (other) =>
      !same(other, row) &&
      rank(other) < rank(row) &&
      start(other) - SAME_TIME_MS <= row.TimeEnd &&
      other.TimeEnd + SAME_TIME_MS >= start(row),
  );
}
