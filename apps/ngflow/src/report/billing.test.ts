import { type QueryResult, STATISTIC_BIN_MS } from "@ngflow/flows";
import { expect, it } from "vitest";
import { type Ask, billingOf, interfaceNames, named } from "./billing.ts";

const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2026, 1, 1);
const INTERFACES = 12;
/** What an answer may have at most. */
const MOST_ROWS = 50_000;

/** Bits a second of an interface: the bin's number, times that of the interface. */
const bpsOf = (index: number, bin: number): number => index * bin;

const answer = (rows: readonly object[]): QueryResult => ({ rows }) as unknown as QueryResult;

/** A store of a month in which interface 12 had most, 1 least. */
const ask: Ask = async ({ by = [], stepMs, top = 10, fromMs = FROM, toMs = TO }) => {
  const indexes = Array.from({ length: INTERFACES }, (_, i) => INTERFACES - i);
  if (by.includes("InIfName")) {
    const ExporterName = "office-gw";
    return answer(
      indexes.map((InIf) => ({ ExporterAddr: "192.0.2.1", ExporterName, InIf, InIfName: `ge-0/0/${InIf}` })),
    );
  }
  if (stepMs === undefined || stepMs === null) {
    return answer(indexes.map((InIf) => ({ ExporterAddr: "192.0.2.1", InIf, bytes: InIf })));
  }
  const bins = (toMs - fromMs) / stepMs;
  expect(bins * (top + 1)).toBeLessThanOrEqual(MOST_ROWS);
  expect(top).toBeGreaterThanOrEqual(INTERFACES);
  return answer(
    Array.from({ length: bins }, (_, i) => fromMs + i * stepMs).flatMap((timeMs) =>
      indexes.map((InIf) => ({
        time: new Date(timeMs).toISOString(),
        ExporterAddr: "192.0.2.1",
        InIf,
        bps: bpsOf(InIf, (timeMs - FROM) / stepMs),
      })),
    ),
  );
};

it("a month has more bins than one answer: it is asked about in parts, and every bin is there", async () => {
  let parts = 0;
  const direction = { direction: "in", column: "InIf", fromMs: FROM, toMs: TO, top: 10 } as const;
  const bills = await billingOf(ask, direction, (count) => (parts += count));
  expect(parts).toBeGreaterThan(1);
  expect(bills.map(({ index }) => index)).toEqual(["12", "11", "10", "9", "8", "7", "6", "5", "4", "3"]);
  const count = (TO - FROM) / STATISTIC_BIN_MS;
  for (const { index, bins, p95, binsWithTraffic } of bills) {
    expect(bins.map(({ bps }) => bps)).toEqual(Array.from({ length: count }, (_, bin) => bpsOf(Number(index), bin)));
    expect(p95).toBe(bpsOf(Number(index), Math.ceil(0.95 * count) - 1));
    expect(binsWithTraffic).toBe(count - 1);
  }
  const names = await interfaceNames(ask, "InIf");
  expect(named(bills[0]!, names)).toMatchObject({ exporterName: "office-gw", interfaceName: "ge-0/0/12" });
});
