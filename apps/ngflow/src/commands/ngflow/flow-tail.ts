import { type FlowReader, type FlowsSpec, MAX_FLOWS, type ReadOptions } from "@ngflow/flows";
import type { Row } from "../../output/format.ts";

/** New flow records, a batch per call. */
export interface FlowTail {
  /** Records stored since the last call, oldest first. The first call returns the newest records. */
  next(nowMs: number, options?: ReadOptions): Promise<FlowTailRows>;
}

export interface FlowTailRows {
  readonly rows: readonly Row[];
  /** More records arrived than one answer holds; the older ones are missing here. */
  readonly skipped: boolean;
}

/** Which records are followed. */
export type FollowedFlows = Pick<FlowsSpec, "filter" | "sets" | "duplicates">;

/**
 * A block of one collector may become visible this long after later rows of another, so this range is read again;
 * rows seen before are left out.
 */
const OVERLAP_MS = 5000;
const DAY_MS = 86_400_000;

/** A record of the overlap. Records may be equal. */
interface Seen {
  readonly count: number;
  readonly receivedMs: number;
}

/** Follows a reader. `first` is the most records that the first call returns. */
export function createFlowTail(reader: FlowReader, followed: FollowedFlows, first: number): FlowTail {
  const { filter = "", sets, duplicates } = followed;
  const kept = { ...(sets && { sets }), ...(duplicates && { duplicates }) };
  // An answer that is full lacks some of the oldest records of the overlap, not always the same ones: what was seen
  // is remembered until it is too old.
  const seen = new Map<string, Seen>();
  let newestMs: number | undefined;
  /** Records of before are older than those that were there at the start. */
  let startMs = 0;
  return {
    async next(nowMs, options) {
      const afterMs = newestMs === undefined ? undefined : Math.max(startMs, newestMs - OVERLAP_MS);
      const parts = [
        ...(filter === "" ? [] : [`(${filter})`]),
        ...(afterMs === undefined ? [] : [`TimeReceived >= '${new Date(afterMs).toISOString()}'`]),
      ];
      const spec = { ...kept, fromMs: 0, toMs: nowMs + DAY_MS, limit: MAX_FLOWS };
      const { rows } = await reader.flows(
        parts.length === 0 ? spec : { ...spec, filter: parts.join(" and ") },
        options,
      );
      for (const [text, { receivedMs }] of seen) if (receivedMs < (afterMs ?? 0)) seen.delete(text);
      const now = new Map<string, number>();
      const fresh: Row[] = [];
      for (const row of rows.toReversed()) {
        const text = JSON.stringify(row);
        const count = (now.get(text) ?? 0) + 1;
        now.set(text, count);
        if (count <= (seen.get(text)?.count ?? 0)) continue;
        fresh.push(row);
        seen.set(text, { count, receivedMs: receivedMs(row) });
      }
      if (rows[0] !== undefined) newestMs = Math.max(newestMs ?? 0, receivedMs(rows[0]));
      else newestMs ??= nowMs;
      if (afterMs === undefined) {
        if (rows.length === MAX_FLOWS) startMs = receivedMs(rows.at(-1)!) + 1;
        return { rows: fresh.slice(-first), skipped: false };
      }
      return { rows: fresh, skipped: fresh.length === MAX_FLOWS };
    },
  };
}

function receivedMs(row: Row): number {
  return Date.parse(String(row["TimeReceived"]));
}
