import { type Duplicates, SAME_TIME_MS } from "@ngflow/flows";
import fc from "fast-check";
import { expect } from "vitest";
import { isDuplicate } from "../duplicate-oracle.ts";
import type { TestRow } from "../rows.ts";
import { type ContractBed, SLOW_MS } from "./bed.ts";

const MINUTE = 60_000;
const FLOW = { SrcAddr: "10.0.0.1", DstAddr: "198.51.100.1", SrcPort: 40_000, DstPort: 443, Proto: 6 };

/** Flows that several exporters saw. */
export function duplicatesTests(bed: ContractBed): void {
  const { test, given } = bed;
  type Range = { readonly fromMs: number; readonly toMs: number };

  const bytes = async (range: Range, duplicates: Duplicates, more: object = {}): Promise<number> =>
    Number((await bed.store.query({ by: [], metric: "bytes", ...range, duplicates, ...more })).rows[0]!["bytes"]);

  test("a flow on a path of three exporters counts once, as the first unsampled one saw it", async () => {
    // Their timeouts differ: one has two records, one has one, the last is sampled.
    const range = await given([
      { ...FLOW, ExporterAddr: "192.0.2.2", TimeStart: 0, TimeEnd: MINUTE, Bytes: 600, Packets: 6 },
      { ...FLOW, ExporterAddr: "192.0.2.2", TimeStart: MINUTE + 200, TimeEnd: 2 * MINUTE, Bytes: 400, Packets: 4 },
      { ...FLOW, ExporterAddr: "192.0.2.3", TimeStart: 3, TimeEnd: 2 * MINUTE + 3, Bytes: 999, Packets: 10 },
      {
        ...FLOW,
        ExporterAddr: "192.0.2.1",
        TimeStart: 50_000,
        TimeEnd: 50_000,
        Bytes: 100,
        Packets: 1,
        SamplingRate: 100,
      },
      // Another flow, which only the sampled one saw.
      { ...FLOW, SrcPort: 40_001, ExporterAddr: "192.0.2.1", Bytes: 7, SamplingRate: 100 },
    ]);
    expect(await bytes(range, "as-seen")).toBe(600 + 400 + 999 + 10_000 + 700);
    expect(await bytes(range, "once")).toBe(1000 + 700);
    expect(await bytes(range, "only")).toBe(999 + 10_000);
    expect(await bytes(range, "once", { filter: "exporter 192.0.2.3" })).toBe(999);
    const flows = await bed.store.flows({ ...range, duplicates: "only" });
    expect(flows.rows.map((row) => row["ExporterAddr"]).sort()).toEqual(["192.0.2.1", "192.0.2.3"]);
    const series = await bed.store.query({ by: [], metric: "bytes", ...range, stepMs: MINUTE, duplicates: "once" });
    expect(series.rows.map((row) => row["bytes"])).toEqual([1300, 400]);
    expect(series.tier).toBe("flows");
    const counted = await bed.store.query({ by: ["ExporterAddr"], metric: "flows", ...range, duplicates: "once" });
    expect(counted.rows).toEqual([
      { ExporterAddr: "192.0.2.2", flows: 2 },
      { ExporterAddr: "192.0.2.1", flows: 1 },
    ]);
  });

  test("records of the same flow at other times, or of one observation point, are no duplicates", async () => {
    const at = (TimeStart: number, ExporterAddr: string, more: TestRow = {}): TestRow => {
      return { ...FLOW, ExporterAddr, TimeStart, TimeEnd: TimeStart + 1000, Bytes: 1, ...more };
    };
    const range = await given([
      at(0, "192.0.2.1"),
      // So much later that it is the flow of another time, and just not.
      at(1001 + SAME_TIME_MS, "192.0.2.2"),
      at(5 * MINUTE, "192.0.2.1"),
      at(5 * MINUTE + 1000 + SAME_TIME_MS, "192.0.2.2", { Bytes: 16 }),
      // Two line cards of one exporter have a part each; what goes out again is the same.
      at(10 * MINUTE, "192.0.2.1", { Domain: 1 }),
      at(10 * MINUTE, "192.0.2.1", { Domain: 2 }),
      at(10 * MINUTE, "192.0.2.1", { Direction: 1, Bytes: 32 }),
    ]);
    expect(await bytes(range, "once")).toBe(5);
    expect(await bytes(range, "only")).toBe(48);
    expect(await bytes(range, "only", { time: "arrival" })).toBe(48);
    // Half of the range has what the whole has of it.
    const half = { fromMs: range.fromMs + 5 * MINUTE + 1500, toMs: range.toMs };
    expect(await bytes(half, "once")).toBe(2);
  });

  test("type and code of ICMP are the same flow in whichever fields they are sent", async () => {
    const icmp = { ...FLOW, Proto: 1, SrcPort: 0, DstPort: 0, TimeStart: 0, TimeEnd: 1000 };
    const range = await given([
      // Unreachable, port: as a destination port, in fields of their own, and in both with an id as source port.
      { ...icmp, ExporterAddr: "192.0.2.1", DstPort: 3 * 256 + 3, Bytes: 1 },
      { ...icmp, ExporterAddr: "192.0.2.2", IcmpType: 3, IcmpCode: 3, Bytes: 2 },
      { ...icmp, ExporterAddr: "192.0.2.3", IcmpType: 3, IcmpCode: 3, SrcPort: 77, DstPort: 771, Bytes: 4 },
      // An echo reply is zero everywhere; another code is another flow.
      { ...icmp, ExporterAddr: "192.0.2.1", Bytes: 8 },
      { ...icmp, ExporterAddr: "192.0.2.2", Bytes: 16 },
      { ...icmp, ExporterAddr: "192.0.2.2", IcmpType: 3, IcmpCode: 1, Bytes: 32 },
      { ...icmp, Proto: 58, ExporterAddr: "192.0.2.1", IcmpType: 129, Bytes: 64 },
      { ...icmp, Proto: 58, ExporterAddr: "192.0.2.2", DstPort: 129 * 256, Bytes: 128 },
      // Of what has ports, ports alone count.
      { ...icmp, Proto: 17, ExporterAddr: "192.0.2.1", DstPort: 771, Bytes: 256 },
      { ...icmp, Proto: 17, ExporterAddr: "192.0.2.2", DstPort: 771, SrcPort: 1, Bytes: 512 },
    ]);
    expect(await bytes(range, "once")).toBe(1 + 8 + 32 + 64 + 256 + 512);
    expect(await bytes(range, "only")).toBe(2 + 4 + 16 + 128);
  });

  test(
    "what counts once is what the definition says, and the rest are the duplicates",
    async () => {
      const row = fc.record({
        ExporterAddr: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::3"),
        Direction: fc.constantFrom(0, 1),
        SrcPort: fc.constantFrom(1, 2),
        SamplingRate: fc.constantFrom(0, 1, 10),
        TimeStart: fc.integer({ min: 0, max: 4 * MINUTE }),
        lasts: fc.integer({ min: -5, max: MINUTE }),
        Bytes: fc.integer({ min: 1, max: 1_000_000 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (drawn) => {
          const rows = drawn.map(({ lasts, ...one }) => ({ ...one, TimeEnd: Math.max(0, one.TimeStart + lasts) }));
          const range = await given(rows.map((one) => ({ ...FLOW, ...one })));
          const total = (some: readonly (typeof rows)[number][]): number =>
            some.reduce((sum, one) => sum + one.Bytes * Math.max(1, one.SamplingRate), 0);
          const again = rows.filter((one) =>
            isDuplicate(
              one,
              rows.filter(({ SrcPort }) => SrcPort === one.SrcPort),
            ),
          );
          expect(await bytes(range, "only")).toBe(total(again));
          expect(await bytes(range, "once")).toBe(total(rows) - total(again));
        }),
        { numRuns: 15 },
      );
    },
    SLOW_MS,
  );
}
