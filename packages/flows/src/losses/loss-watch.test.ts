import { expect, it } from "vitest";
import type { Pipeline } from "../pipeline.ts";
import type { ExporterStatus } from "../exporter-status.ts";
import { completenessOf, type Loss } from "./completeness.ts";
import { type LossKeeper, type LossState, LossWatch } from "./loss-watch.ts";

const TOTALS = { packetsSeen: 0, packetsAccounted: 0, recordsExported: 0 };
const T0 = Date.UTC(2026, 0, 1);
const TEN = 10_000;

/** A pipeline with the counters of a collector; null without one. */
function pipeline(
  collector: Readonly<Record<string, number>> | null,
  packetsDropped: number | null = null,
  datagramsReceived = 0,
): Pipeline {
  const hops = collector === null ? [] : [{ hop: "collector", counters: collector, lastSeenMs: null }];
  return { ...TOTALS, datagramsReceived, packetsDropped, recordsLost: 0, recordsDecoded: 0, rowsStored: 0, hops };
}

/** Keeps everything in memory, as a file would. */
function memory(): LossKeeper {
  let state: LossState | null = null;
  const losses: Loss[] = [];
  return {
    load: () => ({ state, losses: [...losses] }),
    keep(next, found) {
      state = next;
      losses.push(...found);
    },
  };
}

const seconds = ({ losses }: LossWatch): unknown[] =>
  losses.map(({ fromMs, toMs, reason, count }) => [(fromMs - T0) / 1000, (toMs - T0) / 1000, reason, count]);

it("what was lost before the first look has no time", () => {
  const watch = new LossWatch(memory());
  expect(watch.watched).toBeNull();
  watch.saw(T0, pipeline({ recordsLost: 7 }));
  expect(watch.watched).toEqual({ fromMs: T0, toMs: T0 });
  expect(watch.losses).toEqual([]);
});

it("what is lost between two looks is of that time, and of one minute is one loss", () => {
  const watch = new LossWatch(memory());
  for (const [i, recordsLost] of [7, 7, 10, 15, 15, 15, 15, 16].entries())
    watch.saw(T0 + i * TEN, pipeline({ recordsLost }, i * 2));
  expect(seconds(watch)).toEqual([
    [0, 60, "ring-full", 12],
    [10, 30, "sequence-gap", 8],
    [60, 70, "ring-full", 2],
    [60, 70, "sequence-gap", 1],
  ]);
});

it("a part that cannot be reached for a while counts on from where it was", () => {
  const watch = new LossWatch(memory());
  watch.saw(T0, pipeline({ rowsRefused: 5 }));
  watch.saw(T0 + TEN, pipeline(null));
  expect(seconds(watch)).toEqual([[0, 10, "collector-down", null]]);
  watch.saw(T0 + 2 * TEN, pipeline(null));
  watch.saw(T0 + 3 * TEN, pipeline({ rowsRefused: 9 }));
  expect(seconds(watch)).toEqual([
    [0, 30, "collector-down", null],
    [20, 30, "spool-full", 4],
  ]);
});

it("no collector is no loss where there never was one", () => {
  const watch = new LossWatch(memory());
  for (let i = 0; i < 5; i++) watch.saw(T0 + i * TEN, pipeline(null));
  expect(watch.losses).toEqual([]);
});

it("a collector that began anew with the server was away meanwhile, and counts from zero", () => {
  const kept = memory();
  new LossWatch(kept).saw(T0, pipeline({ recordsLost: 100 }));
  const watch = new LossWatch(kept);
  watch.saw(T0 + 3_600_000, pipeline({ recordsLost: 3 }));
  expect(seconds(watch)).toEqual([
    [0, 3600, "collector-down", null],
    [0, 3600, "sequence-gap", 3],
  ]);
  expect(new LossWatch(kept).losses).toEqual(watch.losses);
});

it("a collector that lost nothing was away, too, if it counts what it receives from zero", () => {
  const kept = memory();
  new LossWatch(kept).saw(T0, pipeline({}, null, 1000));
  const watch = new LossWatch(kept);
  watch.saw(T0 + 3_600_000, pipeline({}, null, 2));
  expect(seconds(watch)).toEqual([[0, 3600, "collector-down", null]]);
  watch.saw(T0 + 3_610_000, pipeline({}, null, 5));
  expect(seconds(watch)).toEqual([[0, 3600, "collector-down", null]]);
});

it("a collector in another process counted while no server ran", () => {
  const kept = memory();
  new LossWatch(kept).saw(T0, pipeline({ recordsLost: 100 }));
  const watch = new LossWatch(kept);
  watch.saw(T0 + 3_600_000, pipeline({ recordsLost: 103 }));
  expect(seconds(watch)).toEqual([[0, 3600, "sequence-gap", 3]]);
});

it("sets that wait for their template are told while they wait", () => {
  const watch = new LossWatch(memory());
  watch.saw(T0, pipeline({ setsHeld: 0 }));
  watch.saw(T0 + TEN, pipeline({ setsHeld: 4 }));
  expect(seconds(watch)).toEqual([[9.999, 10, "template-awaited", 4]]);
  watch.saw(T0 + 2 * TEN, pipeline({ setsHeld: 0, setsHeldExpired: 4 }));
  expect(seconds(watch)).toEqual([[10, 20, "template-absent", 4]]);
});

it("a clock that was set back is not believed", () => {
  const watch = new LossWatch(memory());
  watch.saw(T0, pipeline({ recordsLost: 0 }));
  watch.saw(T0 - TEN, pipeline({ recordsLost: 5 }));
  expect(watch.losses).toEqual([]);
  watch.saw(T0 + TEN, pipeline({ recordsLost: 6 }));
  expect(seconds(watch)).toEqual([[0, 10, "sequence-gap", 6]]);
});

it("a loss names the exporters whose it is, if all of it is known", () => {
  const kept = memory();
  const watch = new LossWatch(kept);
  const session = (address: string, recordsLost: number, setsDropped = 0): ExporterStatus =>
    ({ address, recordsLost, recordsLimited: 0, setsDropped }) as ExporterStatus;
  const look = (at: number, recordsLost: number, exporters: readonly ExporterStatus[] | null, setsHeldDropped = 0) =>
    watch.saw(T0 + at * 60_000, pipeline({ recordsLost, setsHeldDropped }), exporters);
  // Of before the first look nobody knows when.
  look(0, 5, [session("192.0.2.1", 5)]);
  look(1, 17, [session("192.0.2.1", 8), session("192.0.2.2", 4), session("192.0.2.2", 5)]);
  // A list that is too long is not read; then it is not known whose it was.
  look(2, 20, null);
  look(3, 21, [session("192.0.2.1", 12), session("192.0.2.2", 9)]);
  look(4, 22, [session("192.0.2.1", 13), session("192.0.2.2", 9, 3)], 3);
  // Another server goes on.
  const again = new LossWatch(kept);
  again.saw(T0 + 5 * 60_000, pipeline({ recordsLost: 24, setsHeldDropped: 3 }), [session("192.0.2.1", 15)]);
  expect(again.losses.map(({ reason, count, by }) => [reason, count, by])).toEqual([
    [
      "sequence-gap",
      12,
      [
        { exporter: "192.0.2.2", count: 9 },
        { exporter: "192.0.2.1", count: 3 },
      ],
    ],
    ["sequence-gap", 3, undefined],
    ["sequence-gap", 1, undefined],
    ["sequence-gap", 1, [{ exporter: "192.0.2.1", count: 1 }]],
    ["template-absent", 3, [{ exporter: "192.0.2.2", count: 3 }]],
    ["sequence-gap", 2, [{ exporter: "192.0.2.1", count: 2 }]],
  ]);
  const range = { from: new Date(T0).toISOString(), to: new Date(T0 + 600_000).toISOString() };
  const { lost } = completenessOf(range, { watched: again.watched, losses: again.losses, unsettled: [] });
  expect(lost[0]).toMatchObject({
    ...{ reason: "sequence-gap", count: 19 },
    by: [
      { exporter: "192.0.2.2", count: 9 },
      { exporter: "192.0.2.1", count: 6 },
    ],
  });
});
