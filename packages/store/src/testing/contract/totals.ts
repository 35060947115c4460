import { expect } from "vitest";
import type { QuerySpec } from "@ngflow/flows";
import { type ContractBed, DAY, SLOW_MS } from "./bed.ts";

/** Groups, rates and series. */
export function totalsTests(bed: ContractBed): void {
  const { test, given } = bed;

  test("totals: top groups, the rest as nulls", async () => {
    const range = await given(
      [10, 20, 30, 40, 50].map((bytes, i) => ({
        TimeStart: i * 1000,
        SrcAddr: `10.0.0.${i + 1}`,
        Bytes: bytes,
        Packets: 1,
      })),
    );
    const result = await bed.store.query({ ...range, by: ["SrcAddr"], metric: "bytes", top: 2 });
    expect(result.columns).toEqual(["SrcAddr", "bytes"]);
    expect(result.rows).toEqual([
      { SrcAddr: "10.0.0.5", bytes: 50 },
      { SrcAddr: "10.0.0.4", bytes: 40 },
      { SrcAddr: null, bytes: 60 },
    ]);
    expect((await bed.store.query({ ...range, by: ["SrcAddr"], metric: "bytes" })).rows).toHaveLength(5);
    expect((await bed.store.query({ ...range, by: [], metric: "flows" })).rows).toEqual([{ flows: 5 }]);
    expect((await bed.store.query({ ...range, by: [], metric: "packets" })).rows).toEqual([{ packets: 5 }]);
  });

  test("an empty range has a total of zero and no groups", async () => {
    const range = { fromMs: 1000, toMs: 2000 };
    expect((await bed.store.query({ ...range, by: [], metric: "bytes" })).rows).toEqual([{ bytes: 0 }]);
    expect((await bed.store.query({ ...range, by: ["Proto"], metric: "bytes" })).rows).toEqual([]);
    expect((await bed.store.query({ ...range, by: [], metric: "bytes", stepMs: 100 })).rows).toEqual([]);
    expect((await bed.store.flows(range)).rows).toEqual([]);
  });

  test("rates are bits and packets a second of the bin or the range", async () => {
    const range = await given([{ TimeStart: 0, TimeEnd: 20_000, Bytes: 20_000, Packets: 40, Proto: 17 }]);
    const spec = { ...range, toMs: range.fromMs + 20_000, by: ["Proto"] as const };
    expect((await bed.store.query({ ...spec, metric: "bps" })).rows).toEqual([{ Proto: "udp", bps: 8000 }]);
    expect((await bed.store.query({ ...spec, metric: "pps", stepMs: 10_000 })).rows).toEqual([
      { time: new Date(range.fromMs).toISOString(), Proto: "udp", pps: 2 },
      { time: new Date(range.fromMs + 10_000).toISOString(), Proto: "udp", pps: 2 },
    ]);
  });

  test("by arrival, a flow counts as a whole when it was received", async () => {
    const range = await given([
      { TimeStart: 0, TimeEnd: 20_000, TimeReceived: 65_000, Bytes: 100, Packets: 4, Proto: 17 },
      { TimeStart: 1000, TimeEnd: 2000, TimeReceived: 130_000, Bytes: 7, Packets: 1, Proto: 6, SamplingRate: 10 },
    ]);
    const spec = { ...range, time: "arrival", by: [], metric: "bytes" } as const;
    const minute = (n: number) => new Date(range.fromMs + n * 60_000).toISOString();
    expect((await bed.store.query({ ...spec, stepMs: 60_000 })).rows).toEqual([
      { time: minute(1), bytes: 100 },
      { time: minute(2), bytes: 70 },
    ]);
    expect((await bed.store.query({ ...spec, toMs: range.fromMs + 65_001 })).rows).toEqual([{ bytes: 100 }]);
    expect((await bed.store.query({ ...spec, toMs: range.fromMs + 65_000 })).rows).toEqual([{ bytes: 0 }]);
    expect((await bed.store.query({ ...spec, metric: "flows", by: ["Proto"], raw: true })).rows).toEqual([
      { Proto: "tcp", flows: 1 },
      { Proto: "udp", flows: 1 },
    ]);
    const received = { ...range, fromMs: range.fromMs + 100_000, time: "arrival" } as const;
    expect((await bed.store.flows(received)).rows.map((row) => row["Proto"])).toEqual(["tcp"]);
    expect((await bed.store.flows({ ...received, time: "flow" })).rows).toEqual([]);
  });

  test("the same range earlier is a second column", async () => {
    const range = await given([
      { TimeStart: 0, Proto: 17, Bytes: 10, Packets: 1 },
      { TimeStart: 1000, Proto: 1, Bytes: 5, Packets: 1 },
      { TimeStart: DAY, Proto: 17, Bytes: 200, Packets: 2 },
      { TimeStart: DAY + 61_000, Proto: 6, Bytes: 100, Packets: 1 },
    ]);
    const day = { fromMs: range.fromMs + DAY, toMs: range.fromMs + 2 * DAY, previousMs: DAY };
    const spec: QuerySpec = { ...day, by: ["Proto"], metric: "bytes" };
    const answer = await bed.store.query(spec);
    expect(answer.columns).toEqual(["Proto", "bytes", "previous"]);
    expect(answer.previous).toEqual({
      from: new Date(range.fromMs).toISOString(),
      to: new Date(range.fromMs + DAY).toISOString(),
    });
    expect(answer.rows).toEqual([
      { Proto: "udp", bytes: 200, previous: 10 },
      { Proto: "tcp", bytes: 100, previous: 0 },
      { Proto: null, bytes: 0, previous: 5 },
    ]);
    expect((await bed.store.query({ ...spec, top: 1 })).rows).toEqual([
      { Proto: "udp", bytes: 200, previous: 10 },
      { Proto: null, bytes: 100, previous: 5 },
    ]);
    expect((await bed.store.query({ ...spec, by: [], metric: "pps" })).rows).toEqual([
      { pps: 3 / 86_400, previous: 2 / 86_400 },
    ]);
    const time = (minute: number) => new Date(day.fromMs + minute * 60_000).toISOString();
    expect((await bed.store.query({ ...spec, stepMs: 60_000, top: 1 })).rows).toEqual([
      { time: time(0), Proto: "udp", bytes: 200, previous: 10 },
      { time: time(0), Proto: null, bytes: 0, previous: 5 },
      { time: time(1), Proto: null, bytes: 100, previous: 0 },
    ]);
    expect((await bed.store.query({ ...spec, by: [], metric: "flows", stepMs: 60_000 })).rows).toEqual([
      { time: time(0), flows: 1, previous: 2 },
      { time: time(1), flows: 1, previous: 0 },
    ]);
    const refused = (more: object) =>
      expect(bed.store.query({ ...spec, ...more })).rejects.toMatchObject({ code: "bad-request" });
    await refused({ metric: "bpp" });
    await refused({ statistic: "p95" });
    await refused({ by: ["Day"] });
    await refused({ stepMs: 7_000_000 });
    await refused({ previousMs: day.toMs });
  });

  test("the least and greatest value of a column, and none where there are no flows", async () => {
    const range = await given([
      { TimeStart: 0, TimeEnd: 5000, Proto: 17, Bytes: 100, Packets: 4, SrcPort: 9 },
      { TimeStart: 1000, TimeEnd: 1000, Proto: 17, Bytes: 7, Packets: 1, SrcPort: 0 },
      { TimeStart: 2000, TimeEnd: 3000, Proto: 6, Bytes: 2n ** 60n, Packets: 1, SrcPort: 5 },
    ]);
    const of = async (metric: string, more: object = {}) =>
      (await bed.store.query({ ...range, by: [], metric, ...more } as QuerySpec)).rows;
    expect(await of("min:SrcPort")).toEqual([{ "min:SrcPort": 0 }]);
    expect(await of("max:bytes")).toEqual([{ "max:bytes": (2n ** 60n).toString() }]);
    expect(await of("max:Duration", { by: ["Proto"], top: 1 })).toEqual([
      { Proto: "udp", "max:Duration": 5000 },
      { Proto: null, "max:Duration": 1000 },
    ]);
    expect(await of("min:TimeStart", { filter: "proto tcp" })).toEqual([
      { "min:TimeStart": new Date(range.fromMs + 2000).toISOString() },
    ]);
    expect(await of("min:SrcPort", { filter: "proto icmp" })).toEqual([{ "min:SrcPort": null }]);
    expect(await of("max:PacketSize", { stepMs: 2000, toMs: range.fromMs + 10_000, filter: "proto udp" })).toEqual([
      { time: new Date(range.fromMs).toISOString(), "max:PacketSize": 7 },
      { time: new Date(range.fromMs + 4000).toISOString(), "max:PacketSize": 25 },
    ]);
  });

  test(
    "the largest of many groups of several columns are exact, with ties in the order of their keys",
    async () => {
      // Many flows are of few groups, most of groups of their own; totals repeat.
      const rows = Array.from({ length: 6000 }, (_, i) => ({
        TimeStart: i,
        TimeEnd: i + (i % 3) * 1000,
        SrcAddr: i % 10 === 0 ? "10.0.0.1" : `10.1.${i >> 8}.${i & 255}`,
        DstAddr: `192.0.2.${i % 10 === 0 ? i % 50 : 7}`,
        SrcPort: i % 10 === 0 ? 1 : i,
        DstPort: i % 4,
        Proto: i % 2 === 0 ? 6 : 17,
        Bytes: i % 10 === 0 ? 90 : 100 + (i % 7) * 100,
        Packets: 1 + (i % 5),
      }));
      const range = await given(rows);
      const sums = new Map<string, { keys: (string | number)[]; bytes: number; packets: number }>();
      for (const { SrcAddr, DstAddr, SrcPort, DstPort, Bytes, Packets } of rows) {
        const keys = [SrcAddr, DstAddr, SrcPort, DstPort];
        const sum = sums.get(keys.join()) ?? { keys, bytes: 0, packets: 0 };
        sums.set(keys.join(), { keys, bytes: sum.bytes + Bytes, packets: sum.packets + Packets });
      }
      const number = (address: unknown) =>
        String(address)
          .split(".")
          .reduce((n, byte) => n * 256 + Number(byte), 0);
      const order = (key: string | number) => (typeof key === "string" ? number(key) : key);
      for (const metric of ["bytes", "packets"] as const) {
        for (const top of [1, 10, 100, 1000]) {
          const ranked = [...sums.values()].sort(
            (a, b) =>
              b[metric] - a[metric] || a.keys.map((key, i) => order(key) - order(b.keys[i]!)).find((d) => d !== 0) || 0,
          );
          const by = ["SrcAddr", "DstAddr", "SrcPort", "DstPort"];
          const wanted = ranked.slice(0, top).map((sum) => [...sum.keys, sum[metric]]);
          const rest = ranked.slice(top).reduce((total, sum) => total + sum[metric], 0);
          const answer = await bed.store.query({ ...range, by, metric, top });
          expect(answer.rows.map((row) => [...by, metric].map((name) => row[name]))).toEqual([
            ...wanted,
            [null, null, null, null, rest],
          ]);
        }
      }
    },
    SLOW_MS,
  );
}
