import type { Pipeline } from "@ngflow/server/client";
import { empty as t } from "../messages/empty.ts";
import { SETTLE_MS } from "./coverage.ts";
import { windowText, type TimeWindow } from "./time-window.ts";

/** Why there is no data to draw, and what to do. */
export interface EmptyReason {
  readonly title: string;
  readonly advice: string;
  /** What the page can do about it. */
  readonly action: "clear-filter" | "widen-range" | "find-exporters" | null;
}

/** What was asked for, and what is known about the first rows. */
export interface EmptyContext {
  readonly filter: string;
  readonly window: TimeWindow;
  readonly nowMs: number;
  /** When this page first learned of stored rows, Unix milliseconds; null if it did not. */
  readonly firstStoredMs: number | null;
}

/** Time from the first stored row to the first picture: it is settled, and a round of queries has passed. */
const FIRST_PICTURE_MS = SETTLE_MS + 2000;

/**
 * Names the first hop that has nothing (users ask for it more than for any chart). It looks at the hops from
 * the last to the first: if only a collector runs, a count of zero packets is correct.
 */
export function emptyReason(pipeline: Pipeline | null, context: EmptyContext): EmptyReason {
  if (!pipeline) return { title: t.waitTitle, advice: t.waitAdvice, action: null };
  if ((pipeline.rowsStored ?? 0) > 0) return whenStored(context);
  const [title, advice, action = null] = whenNotStored(pipeline);
  return { title, advice, action };
}

function whenStored({ filter, window, nowMs, firstStoredMs }: EmptyContext): EmptyReason {
  if (filter !== "") return { title: t.filterTitle(windowText(window)), advice: filter, action: "clear-filter" };
  const leftMs = (firstStoredMs ?? 0) + FIRST_PICTURE_MS - nowMs;
  if (window.to === "now" && leftMs > -2000) {
    return { title: t.firstTitle, advice: t.firstAdvice(Math.max(0, Math.ceil(leftMs / 1000))), action: null };
  }
  return { title: t.rangeTitle(windowText(window)), advice: t.rangeAdvice, action: "widen-range" };
}

function whenNotStored(pipeline: Pipeline): readonly [string, string, EmptyReason["action"]?] {
  if ((pipeline.recordsDecoded ?? 0) > 0) return [t.storeTitle, t.storeAdvice];
  if ((pipeline.datagramsReceived ?? 0) > 0) return [t.decodeTitle, t.decodeAdvice];
  if ((pipeline.recordsExported ?? 0) > 0) return [t.receiveTitle, t.receiveAdvice];
  if ((pipeline.packetsAccounted ?? 0) > 0) return [t.exportTitle, t.exportAdvice];
  if ((pipeline.packetsSeen ?? 0) > 0) return [t.meterTitle, t.meterAdvice];
  if (pipeline.packetsSeen === null && pipeline.datagramsReceived === null) return [t.nothingTitle, t.nothingAdvice];
  if (pipeline.packetsSeen === null) return [t.exporterTitle, t.exporterAdvice, "find-exporters"];
  return [t.packetTitle, t.packetAdvice];
}
