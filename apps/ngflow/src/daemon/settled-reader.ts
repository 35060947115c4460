import { isoTime, type PieceReader } from "@ngflow/flows";
import type { GraphSnapshot } from "@ngflow/graph";
import type { LiveFlowsWatch } from "./live-flows.ts";
import { passOn } from "./pass-on.ts";

/**
 * A record is stored at most so long after its flow's timeout: the exporter looks for timeouts once a second, flushes a
 * partial datagram within another, and the spool writes a block every 400 ms.
 */
const PATH_MS = 3000;
/** The timeouts of the graph are asked for again after so long. */
const ASK_MS = 2000;

interface SettledDeps {
  /** The graph of this machine; null if it cannot be reached. */
  readonly snapshot: () => Promise<GraphSnapshot | null>;
  /** The flows that it has under way; absent where they are not told. */
  readonly live?: Pick<LiveFlowsWatch, "look">;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/**
 * Adds to answers from when on they are not settled: flows that the graph of this machine has under way are exported at
 * the latest after their active timeout. Without a graph the answers are as they are.
 */
export function settledReader(store: PieceReader, deps: SettledDeps): PieceReader {
  const timeoutMs = activeTimeout(deps);
  return {
    ...passOn(store),
    async queryInPieces(spec, options) {
      const activeMs = await timeoutMs();
      const unsettledMs = deps.nowMs() - activeMs - PATH_MS;
      // By the time of their arrival, flows are complete as soon as they are here.
      const isSettled = spec.time === "arrival" || spec.toMs <= unsettledMs || activeMs === 0;
      const isLive = options?.live === true && !isSettled;
      const sinceMs = isLive ? ((await deps.live?.look()) ?? null) : null;
      const answer = await store.queryInPieces(spec, { ...options, live: sinceMs !== null });
      if (isSettled) return answer;
      const { liveAt } = answer.frame;
      const liveMs = liveAt === undefined ? 0 : Date.parse(liveAt) - PATH_MS;
      // What had left the caches before they were looked at may be on its way.
      const fromMs = sinceMs !== null && sinceMs < liveMs ? liveMs : unsettledMs;
      if (spec.toMs <= fromMs) return answer;
      return { ...answer, frame: { ...answer.frame, unsettledFrom: isoTime(fromMs) } };
    },
  };
}

/** The longest active timeout of the graph's netflow nodes, in milliseconds; 0 if there are none. */
function activeTimeout({ snapshot, nowMs }: SettledDeps): () => Promise<number> {
  let askedMs = Number.NEGATIVE_INFINITY;
  let known: Promise<number> = Promise.resolve(0);
  return () => {
    if (Math.abs(nowMs() - askedMs) < ASK_MS) return known;
    askedMs = nowMs();
    known = snapshot().then((graph) => {
      const seconds = (graph?.nodes ?? []).map(({ counters }) => counters["activeTimeoutSeconds"] ?? 0);
      return Math.max(0, ...seconds) * 1000;
    });
    return known;
  };
}
