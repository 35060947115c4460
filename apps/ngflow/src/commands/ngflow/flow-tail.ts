import { type FlowReader, MAX_FLOWS, type ReadOptions } from "@ngflow/flows";
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

/**
 * A block of one collector may become visible this long after later rows of another, so this range is read again;
 * rows seen before are left out.
 */
const OVERLAP_MS = 5000;
const DAY_MS = 86_400_000;

/** Follows a reader. `first` is the most records that the first call returns. */
export function createFlowTail(reader: FlowReader, filter: string, first: number): FlowTail {
  /** How often each record of the overlap was seen. Records may be equal. */
  let seen = new Map<string, number>();
  let newestMs: number | undefined;
  return {
    async next(nowMs, options) {
      const begin = newestMs === undefined;
      const after = newestMs === undefined ? undefined : new Date(Math.max(0, newestMs - OVERLAP_MS)).toISOString();
      const parts = [
        ...(filter === "" ? [] : [`(${filter})`]),
        ...(after === undefined ? [] : [`TimeReceived >= '${after}'`]),
      ];
      const spec = { fromMs: 0, toMs: nowMs + DAY_MS, limit: MAX_FLOWS };
      const { rows } = await reader.flows(
        parts.length === 0 ? spec : { ...spec, filter: parts.join(" and ") },
        options,
      );
      const now = new Map<string, number>();
      const fresh: Row[] = [];
      for (const row of rows.toReversed()) {
        const text = JSON.stringify(row);
        const count = (now.get(text) ?? 0) + 1;
        now.set(text, count);
        if (count > (seen.get(text) ?? 0)) fresh.push(row);
      }
      seen = now;
      const newest = rows[0]?.["TimeReceived"];
      if (newest !== undefined) newestMs = Math.max(newestMs ?? 0, Date.parse(String(newest)));
      else newestMs ??= nowMs;
      if (begin) return { rows: fresh.slice(-first), skipped: false };
      return { rows: fresh, skipped: fresh.length === MAX_FLOWS };
    },
  };
}
