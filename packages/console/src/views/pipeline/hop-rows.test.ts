import type { PipelineEvent, PipelineHop } from "@ngflow/server/client";
import { expect, test } from "vitest";
import { HopRates, hopRows } from "./hop-rows.ts";

const event = (timeMs: number, hops: readonly PipelineHop[]): PipelineEvent => ({
  timeMs,
  packetsSeen: null,
  packetsDropped: null,
  packetsAccounted: null,
  recordsExported: null,
  datagramsReceived: null,
  recordsLost: null,
  recordsDecoded: null,
  rowsStored: null,
  hops,
});
const hop = (name: string, counters: Record<string, number>, ageMs = 0): PipelineHop => ({
  hop: name,
  counters,
  lastSeenMs: null,
  ageMs,
});

test("hops are in the order in which packets pass, other nodes after the interface", () => {
  const names = [
    "store",
    "tee:t",
    "collector",
    "netflow:a",
    "server",
    "ring:em0",
    "spool",
    "ksocket:k",
    "netflow:ended",
  ];
  const rows = hopRows(
    event(
      0,
      names.map((name) => hop(name, {})),
    ),
    new HopRates(),
  );
  expect(rows.map((row) => row.hop)).toEqual([
    "ring:em0",
    "tee:t",
    "netflow:a",
    "netflow:ended",
    "ksocket:k",
    "collector",
    "spool",
    "store",
    "server",
  ]);
  expect(rows[1]!.title).toBe("Node (tee)");
  expect(rows[3]!.detail).toBe("nodes that have ended");
});

test("losses come first, zeros are apart, and every counter is there", () => {
  const counters = { datagramsReceived: 5, kernelDrops: 2, recordsLost: 0, sessions: 1 };
  const [row] = hopRows(event(0, [hop("collector", counters)]), new HopRates());
  expect(row!.counters.map(({ name }) => name)).toEqual(["kernelDrops", "datagramsReceived", "sessions"]);
  expect(row!.zeros.map(({ name }) => name)).toEqual(["recordsLost"]);
  expect(row!.hasLost).toBe(true);
});

test("rates are of totals, over the last samples, and none after a restart", () => {
  const rates = new HopRates();
  const at = (second: number, datagramsReceived: number): PipelineEvent =>
    event(second * 1000, [hop("collector", { datagramsReceived, sessions: second })]);
  for (let second = 0; second < 10; second++) rates.add(at(second, second * 100));
  const [row] = hopRows(at(9, 900), rates);
  expect(row!.counters.map(({ rate }) => rate)).toEqual([100, null]);
  rates.add(at(10, 3));
  expect(rates.perSecond("collector", "datagramsReceived")).toBeNull();
  expect(rates.perSecond("nothing", "x")).toBeNull();
});

test("a part that does not answer is named", () => {
  const rows = hopRows(event(0, [hop("spool", {}, 3001), hop("store", {}, 3000)]), new HopRates());
  expect(rows.map(({ silentMs }) => silentMs)).toEqual([3001, null]);
});

test("what only counts faults is not passed", () => {
  const rows = hopRows(
    event(
      0,
      ["store", "graph", "threads:collect"].map((name) => hop(name, {})),
    ),
    new HopRates(),
  );
  expect(rows.filter(({ isPassed }) => !isPassed).map((row) => row.hop)).toEqual(["graph", "threads:collect"]);
});
