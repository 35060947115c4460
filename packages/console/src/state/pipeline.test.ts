import { expect, test } from "vitest";
import { emptyReason } from "./empty-reason.ts";
import { between, DEFAULT_WINDOW, type TimeWindow } from "./time-window.ts";
import {
  damageOfStage,
  hopsOfStage,
  lastSeenOfStage,
  PipelineRates,
  silenceOfStage,
  STAGES,
} from "./pipeline-stages.ts";

const ZERO = {
  packetsSeen: 0,
  packetsDropped: 0,
  packetsAccounted: 0,
  recordsExported: 0,
  datagramsReceived: 0,
  recordsLost: 0,
  recordsDecoded: 0,
  rowsStored: 0,
  hops: [],
};

const CONTEXT = { filter: "", window: DEFAULT_WINDOW, nowMs: 100_000, firstStoredMs: 1000 };

test("rates are differences over time, over the last five seconds", () => {
  const rates = new PipelineRates();
  expect(rates.perSecond("packetsSeen")).toBeNull();
  for (let i = 0; i < 20; i++) rates.add({ ...ZERO, timeMs: i * 1000, packetsSeen: i < 10 ? 0 : (i - 10) * 300 });
  expect(rates.perSecond("packetsSeen")).toBe(300);
  expect(rates.perSecond("rowsStored")).toBe(0);
});

test("a restart forgets the past instead of showing a negative rate", () => {
  const rates = new PipelineRates();
  rates.add({ ...ZERO, timeMs: 0, packetsSeen: 1e6 });
  rates.add({ ...ZERO, timeMs: 1000, packetsSeen: 5 });
  expect(rates.perSecond("packetsSeen")).toBeNull();
  rates.add({ ...ZERO, timeMs: 2000, packetsSeen: 25 });
  expect(rates.perSecond("packetsSeen")).toBe(20);
});

test("a part that comes or goes has no rate, and an absent one no total", () => {
  const rates = new PipelineRates();
  rates.add({ ...ZERO, timeMs: 0, datagramsReceived: null });
  rates.add({ ...ZERO, timeMs: 1000, datagramsReceived: null });
  expect([rates.perSecond("datagramsReceived"), rates.perSecond("packetsSeen")]).toEqual([null, 0]);
  rates.add({ ...ZERO, timeMs: 2000, datagramsReceived: 1_000_000 });
  expect(rates.perSecond("datagramsReceived")).toBeNull();
  rates.add({ ...ZERO, timeMs: 3000, datagramsReceived: 1_000_007 });
  expect(rates.perSecond("datagramsReceived")).toBe(7);
});

test("a stage whose part does not answer says for how long", () => {
  const stage = STAGES.find(({ key }) => key === "rowsStored")!;
  const silence = (ageMs: number): number | null =>
    silenceOfStage(stage, { ...ZERO, hops: [{ hop: "spool", counters: {}, lastSeenMs: null, ageMs }] });
  expect([silence(0), silence(3000), silence(3001)]).toEqual([null, null, 3001]);
});

test("rows that are damaged show where rows are stored", () => {
  const pipeline = { ...ZERO, hops: [{ hop: "store", counters: { ledgerDamaged: 7 }, lastSeenMs: null }] };
  expect(STAGES.map((stage) => damageOfStage(stage, pipeline)).filter((rows) => rows > 0)).toEqual([7]);
  expect(STAGES.map((stage) => damageOfStage(stage, ZERO)).filter((rows) => rows > 0)).toEqual([]);
});

test("stages find their hops by the name before the colon", () => {
  const pipeline = {
    ...ZERO,
    hops: [
      { hop: "netflow:a", counters: {}, lastSeenMs: 5 },
      { hop: "netflow:b", counters: {}, lastSeenMs: 9 },
      { hop: "store", counters: {}, lastSeenMs: null },
    ],
  };
  const stage = (key: string) => STAGES.find((one) => one.key === key)!;
  expect(hopsOfStage(stage("packetsAccounted"), pipeline).map(({ hop }) => hop)).toEqual(["netflow:a", "netflow:b"]);
  expect(lastSeenOfStage(stage("packetsAccounted"), pipeline)).toBe(9);
  expect(lastSeenOfStage(stage("rowsStored"), pipeline)).toBeNull();
});

test("every hop is in the detail of some stage", () => {
  const names = ["ring:em0", "tee:t", "graph", "control", "server", "collector", "store", "something-new:x"];
  const pipeline = { ...ZERO, hops: names.map((hop) => ({ hop, counters: {}, lastSeenMs: null })) };
  const shown = new Set(STAGES.flatMap((stage) => hopsOfStage(stage, pipeline).map(({ hop }) => hop)));
  expect([...shown].sort()).toEqual([...names].sort());
});

test.each([
  [{}, "No packets seen yet"],
  [{ packetsSeen: 1 }, "not metered"],
  [{ packetsSeen: 1, packetsAccounted: 1 }, "no record has been exported"],
  [{ packetsSeen: 1, packetsAccounted: 1, recordsExported: 1 }, "receives nothing"],
  [{ datagramsReceived: 1 }, "no records are decoded"],
  [{ datagramsReceived: 1, recordsDecoded: 1 }, "not stored"],
  [{ packetsSeen: null, datagramsReceived: null }, "Neither a graph nor a collector"],
  [{ packetsSeen: null }, "No exporter has sent anything yet"],
  [{ rowsStored: 1 }, "No flows are stored: Last 15 min"],
])("with %j it says: %s", (totals, words) => {
  expect(emptyReason({ ...ZERO, ...totals }, CONTEXT).title).toContain(words);
});

test("a filter that matches nothing is named and can be cleared", () => {
  const reason = emptyReason({ ...ZERO, rowsStored: 9 }, { ...CONTEXT, filter: "Proto = gre" });
  expect(reason).toMatchObject({ advice: "Proto = gre", action: "clear-filter" });
});

test("the first seconds count down to the first picture, and blame nothing", () => {
  const at = (nowMs: number, window: TimeWindow = DEFAULT_WINDOW) =>
    emptyReason({ ...ZERO, rowsStored: 9 }, { ...CONTEXT, nowMs, window });
  expect(at(1000)).toMatchObject({ title: "The first flows are stored", action: null });
  expect([1000, 3500, 6900, 7500].map((nowMs) => at(nowMs).advice)).toEqual([
    "The first picture follows in 6 s.",
    "The first picture follows in 4 s.",
    "The first picture follows in 1 s.",
    "The first picture follows at once.",
  ]);
  expect(at(60_000).action).toBe("widen-range");
  expect(at(1000, between(0, 60_000)).action).toBe("widen-range");
});
