import type { QueryResult } from "@ngflow/server/client";
import { parseFilter } from "@ngflow/flows";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Get } from "./chart.ts";
import { askSums } from "./sums.ts";
import { ETHERNET_BYTES, factorOf, shownUnit, speedOf, unitText } from "./units.ts";

test.each([
  ["1G", 1e9],
  ["100M", 1e8],
  ["2.5 Gbit/s", 2.5e9],
  ["64k", 64_000],
  ["1000000000", 1e9],
  ["", null],
  ["0", null],
  ["fast", null],
  ["-1G", null],
])("the speed %j is %j bit/s", (text, speed) => expect(speedOf(text)).toBe(speed));

test("a part of a speed is a rate by it; without the speed it is the rate", () => {
  expect(125_000_000 * factorOf({ unit: "util", speed: 1e9 }, 1000)).toBe(100);
  expect(shownUnit({ unit: "util", speed: null })).toBe("l2");
  expect(125 * factorOf({ unit: "util", speed: null }, 1000)).toBe(1000);
  expect(factorOf({ unit: "bps" }, 0)).toBe(0);
  expect([0, 0.004, 0.05, 12.34, 100].map((value) => unitText("util", value).replace("\u202f", " "))).toEqual([
    "0 %",
    "<0.01 %",
    "0.05 %",
    "12.3 %",
    "100 %",
  ]);
});

/** A store of flows with a host, a bin, bytes and packets: it answers as the server does. */
type Flow = { readonly host: string; readonly time: string; readonly bytes: number; readonly packets: number };
const server = (flows: readonly Flow[]): Get =>
  (async (_: string, params: { by?: readonly string[]; metric: "bytes" | "packets"; top: number; filter?: string }) => {
    const { by = [], metric, top, filter = "" } = params;
    if (filter !== "") parseFilter(filter);
    const wanted = new Set([...filter.matchAll(/SrcAddr = (\S+?)\)/g)].map(([, host]) => host));
    const seen = filter.includes("SrcAddr") ? flows.filter(({ host }) => wanted.has(host)) : flows;
    const sums = new Map<string, number>();
    for (const flow of seen) sums.set(flow.host, (sums.get(flow.host) ?? 0) + flow[metric]);
    const kept = new Set(
      [...sums]
        .sort((a, b) => b[1] - a[1])
        .slice(0, top)
        .map(([host]) => host),
    );
    const rows = new Map<string, Record<string, string | number | null>>();
    for (const flow of seen) {
      const SrcAddr = kept.has(flow.host) ? flow.host : null;
      const key = by.length === 0 ? flow.time : `${flow.time} ${SrcAddr}`;
      const row = rows.get(key) ?? { time: flow.time, ...(by.length === 0 ? {} : { SrcAddr }), [metric]: 0 };
      row[metric] = Number(row[metric]) + flow[metric];
      rows.set(key, row);
    }
    return { from: "", to: "", step: 10, columns: [], rows: [...rows.values()], tier: "", elapsedMs: 1 };
  }) as unknown as Get;

test("bytes of frames are those of IP and the overhead of each packet, in every bin and group", async () => {
  const flow = fc.record({
    host: fc.integer({ min: 1, max: 30 }).map((n) => `10.0.0.${n}`),
    time: fc.constantFrom("2026-01-02T03:00:00.000Z", "2026-01-02T03:00:10.000Z"),
    bytes: fc.integer({ min: 1, max: 1e9 }),
    packets: fc.integer({ min: 1, max: 1e6 }),
  });
  const total = (rows: QueryResult["rows"], of: (row: QueryResult["rows"][number]) => boolean): number =>
    rows.filter(of).reduce((sum, row) => sum + Number(row["bytes"]), 0);
  await fc.assert(
    fc.asyncProperty(fc.array(flow, { maxLength: 60 }), async (flows) => {
      const get = server(flows);
      const { rows } = await askSums(get, "l2", { by: ["SrcAddr"], top: 15, step: 10 });
      const whole = (some: readonly Flow[]): number =>
        some.reduce((sum, { bytes, packets }) => sum + bytes + ETHERNET_BYTES * packets, 0);
      expect(total(rows, () => true)).toBe(whole(flows));
      for (const host of new Set(rows.map((row) => row["SrcAddr"]).filter((host) => host !== null))) {
        expect(total(rows, (row) => row["SrcAddr"] === host)).toBe(whole(flows.filter((one) => one.host === host)));
      }
      const plain = await askSums(get, "bps", { by: ["SrcAddr"], top: 15, step: 10 });
      expect(total(plain.rows, () => true)).toBe(flows.reduce((sum, { bytes }) => sum + bytes, 0));
    }),
  );
});
