import { describe, expect, it } from "vitest";
import type { PieceReader, QueryResult, QuerySpec } from "@ngflow/flows";
import type { GraphSnapshot } from "@ngflow/graph";
import { settledReader } from "./settled-reader.ts";

const NOW = Date.UTC(2026, 10, 30, 12);
const FRAME: QueryResult = { from: "", to: "", step: null, columns: [], rows: [], tier: "1m", elapsedMs: 1 };
const STORE: PieceReader = {
  queryInPieces: () => Promise.resolve({ frame: FRAME, pieces: [], bytes: 0 }),
  flowsInPieces: () => Promise.reject(new Error("not asked")),
};

/** A graph with a node for each active timeout. */
function graphOf(...seconds: readonly (number | undefined)[]): GraphSnapshot {
  const nodes = seconds.map((active) => ({ counters: active === undefined ? {} : { activeTimeoutSeconds: active } }));
  return { nodes } as unknown as GraphSnapshot;
}

async function unsettledFrom(graph: GraphSnapshot | null, range: Partial<QuerySpec>): Promise<string | undefined> {
  const reader = settledReader(STORE, { snapshot: () => Promise.resolve(graph), nowMs: () => NOW });
  const spec: QuerySpec = { by: [], metric: "bytes", fromMs: NOW - 3_600_000, toMs: NOW, ...range };
  return (await reader.queryInPieces(spec)).frame.unsettledFrom;
}

describe("answers", () => {
  it("are not settled for the longest active timeout, and the way of a record", async () => {
    expect(await unsettledFrom(graphOf(60, undefined, 30), {})).toBe("2026-11-30T11:58:57.000Z");
  });

  it("may be not settled at all", async () => {
    expect(await unsettledFrom(graphOf(1800), { fromMs: NOW - 60_000 })).toBe("2026-11-30T11:29:57.000Z");
  });

  it.each([
    ["of the past", graphOf(60), { toMs: NOW - 63_000 }],
    ["by arrival", graphOf(60), { time: "arrival" }],
    ["without an exporter", graphOf(undefined), {}],
    ["without a graph", null, {}],
  ] as const)("%s say nothing", async (_, graph, range) => {
    expect(await unsettledFrom(graph, range)).toBeUndefined();
  });

  it("have what the caches hold, and are settled until what may be on its way", async () => {
    const asked: (boolean | undefined)[] = [];
    const liveAt = new Date(NOW - 500).toISOString();
    const store: PieceReader = {
      ...STORE,
      queryInPieces(_, options) {
        asked.push(options?.live);
        return Promise.resolve({ frame: options?.live ? { ...FRAME, liveAt } : FRAME, pieces: [], bytes: 0 });
      },
    };
    let sinceMs: number | null = NOW - 10_000;
    const live = { look: () => Promise.resolve(sinceMs) };
    const reader = settledReader(store, { snapshot: () => Promise.resolve(graphOf(60)), live, nowMs: () => NOW });
    const until = async (toMs: number, wanted = true): Promise<string | undefined> => {
      const spec: QuerySpec = { by: [], metric: "bytes", fromMs: NOW - 3_600_000, toMs };
      return (await reader.queryInPieces(spec, { live: wanted })).frame.unsettledFrom;
    };
    expect(await until(NOW)).toBe("2026-11-30T11:59:56.500Z");
    expect(await until(NOW - 4000)).toBeUndefined();
    // Nobody asks for them; they were looked at only now; nothing is known of them.
    expect(await until(NOW, false)).toBe("2026-11-30T11:58:57.000Z");
    sinceMs = NOW - 600;
    expect(await until(NOW)).toBe("2026-11-30T11:58:57.000Z");
    sinceMs = null;
    expect(await until(NOW)).toBe("2026-11-30T11:58:57.000Z");
    expect(asked).toEqual([true, true, false, true, false]);
  });

  it("follow the graph after a while, and ask it once for many", async () => {
    let asked = 0;
    let nowMs = NOW;
    const snapshot = (): Promise<GraphSnapshot> => Promise.resolve(graphOf(60 + asked++));
    const reader = settledReader(STORE, { snapshot, nowMs: () => nowMs });
    const spec = (): QuerySpec => ({ by: [], metric: "bytes", fromMs: NOW - 3_600_000, toMs: nowMs });
    for (const wanted of ["11:58:57", "11:58:57"])
      expect((await reader.queryInPieces(spec())).frame.unsettledFrom).toContain(wanted);
    nowMs += 5000;
    expect((await reader.queryInPieces(spec())).frame.unsettledFrom).toContain("11:59:01");
    expect(asked).toBe(2);
  });
});
