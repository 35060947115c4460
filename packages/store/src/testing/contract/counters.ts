import { expect } from "vitest";
import { type ContractBed, DAY } from "./bed.ts";

/** Counters of any size, sampled or not. */
export function countersTests(bed: ContractBed): void {
  const { test, given } = bed;

  test("sampled counters are scaled", async () => {
    const range = await given([{ TimeStart: 0, Bytes: 7, Packets: 1, SamplingRate: 100 }]);
    expect((await bed.store.query({ ...range, by: [], metric: "bytes" })).rows).toEqual([{ bytes: 700 }]);
    expect((await bed.store.query({ ...range, by: [], metric: "flows" })).rows).toEqual([{ flows: 1 }]);
  });

  test("a counter above 64 bits is the largest one, and a sum of them is exact", async () => {
    const most = 2n ** 64n - 1n;
    const edge = most / 7n;
    const products = [
      [2n ** 63n, 3],
      [most, 4_294_967_295],
      [edge, 7],
      [edge + 1n, 7],
      [4_294_967_295n, 4_294_967_295],
      [4_294_967_296n, 4_294_967_295],
      [4_294_967_298n, 4_294_967_295],
    ] as const;
    const range = await given(
      products.map(([bytes, rate], i) => ({
        TimeStart: i,
        TimeEnd: 3000,
        SrcAddr: `10.0.0.${i + 1}`,
        Bytes: bytes,
        SamplingRate: rate,
      })),
    );
    const totals = products.map(([bytes, rate]) => {
      const product = bytes * BigInt(rate);
      return product < most ? product : most;
    });
    const { rows } = await bed.store.query({ ...range, by: ["SrcAddr"], metric: "bytes" });
    const byAddress = new Map(rows.map((row) => [row["SrcAddr"], BigInt(row["bytes"]!)]));
    expect(totals.map((_, i) => byAddress.get(`10.0.0.${i + 1}`))).toEqual(totals);
    const sum = totals.reduce((all, total) => all + total, 0n);
    // A filter on a column that no roll-up has: counters of a roll-up have 64 bits.
    const filter = "SrcAddr in 10.0.0.0/8";
    const all = await bed.store.query({ ...range, by: [], metric: "bytes", filter });
    expect(all.rows).toEqual([{ bytes: sum.toString() }]);
    const rest = await bed.store.query({ ...range, by: ["SrcAddr"], metric: "bytes", top: 1 });
    expect(rest.rows[1]).toEqual({ SrcAddr: null, bytes: (sum - most).toString() });
    const series = await bed.store.query({ ...range, by: ["SrcAddr"], metric: "bytes", stepMs: DAY, top: 1 });
    expect(series.rows.map((row) => BigInt(row["bytes"]!)).reduce((all, total) => all + total)).toBe(sum);
  });

  test("the largest counter there is stays exact", async () => {
    const most = 2n ** 64n - 1n;
    const range = await given([{ TimeStart: 0, TimeEnd: 3000, Bytes: most, Packets: most }]);
    const { rows } = await bed.store.query({ ...range, by: ["Proto"], metric: "bytes" });
    expect(rows).toEqual([{ Proto: "hopopt", bytes: most.toString() }]);
    const series = await bed.store.query({
      ...range,
      toMs: range.fromMs + 3000,
      by: [],
      metric: "packets",
      stepMs: 1000,
    });
    expect(series.rows.map((row) => row["packets"])).toEqual(Array.from({ length: 3 }, () => (most / 3n).toString()));
  });
}
