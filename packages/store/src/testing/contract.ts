import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  COLUMNS,
  DIMENSION_NAMES,
  type DimensionName,
  type FlowSort,
  parseFilter,
  type QuerySpec,
} from "@ngflow/flows";
import { createSpool, type Spool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { oracleMatches } from "./oracle-filter.ts";
import { type OracleQuery, oracleAggregate } from "./oracle.ts";
import { batchOf, type TestRow } from "./rows.ts";

export interface StoreContract {
  readonly name: string;
  /** A store on an empty directory that takes blocks from `spoolDirectory`. Not started. */
  readonly open: (directory: string, spoolDirectory: string) => Store;
  /** Tests of this suite that the backend cannot pass, each with the reason. */
  readonly skip: readonly { readonly test: string; readonly reason: string }[];
}

const T0 = Date.UTC(2026, 0, 2, 12, 0, 0);
const DAY = 86_400_000;
/** Time of a property test, on a machine that is busy with others. */
const SLOW_MS = 180_000;

/** What every store backend does: the rows it was given come back, exactly, in every shape of query. */
export function runStoreContract(contract: StoreContract): void {
  const skipped = new Map(contract.skip.map(({ test, reason }) => [test, reason]));
  const test = (name: string, run: () => Promise<void>, timeoutMs = 60_000): void => {
    const reason = skipped.get(name);
    if (reason === undefined) it(name, run, timeoutMs);
    else it.skip(`${name} (skipped: ${reason})`, run);
  };

  describe(`store contract: ${contract.name}`, () => {
    let root: string;
    let store: Store;
    let spool: Spool;

    beforeAll(async () => {
      root = await mkdtemp(path.join(tmpdir(), "ngflow-store-"));
      spool = createSpool({ directory: path.join(root, "spool"), flushMs: 20 });
      await spool.start();
      store = contract.open(path.join(root, "store"), path.join(root, "spool"));
      await store.start();
    }, 60_000);

    afterAll(async () => {
      await spool.stop();
      await store.stop();
      await rm(root, { recursive: true, force: true });
    });

    let epoch = 0;
    /** Puts rows into a new time range and returns the range. */
    const given = async (rows: readonly TestRow[], spanMs = DAY): Promise<{ fromMs: number; toMs: number }> => {
      const base = T0 + epoch++ * 10 * DAY;
      const shifted = rows.map((row) => ({
        ...row,
        TimeReceived: base + Number(row.TimeReceived ?? row.TimeEnd ?? 0),
        TimeStart: base + Number(row.TimeStart ?? 0),
        TimeEnd: base + Number(row.TimeEnd ?? row.TimeStart ?? 0),
      }));
      expect(spool.write(batchOf(shifted))).toBe(rows.length);
      await spool.flush();
      await store.drain();
      return { fromMs: base, toMs: base + spanMs };
    };

    test("every column comes back", async () => {
      const range = await given([
        {
          TimeReceived: 5000,
          TimeStart: 1001,
          TimeEnd: 2002,
          ExporterAddr: "192.0.2.1",
          Domain: 4_294_967_295,
          Version: 10,
          IpVersion: 6,
          SrcAddr: "2001:db8::1",
          DstAddr: "10.1.2.3",
          SrcPort: 65_535,
          DstPort: 443,
          Proto: 6,
          TcpFlags: 0x1b,
          Tos: 0xb8,
          IcmpType: 8,
          IcmpCode: 3,
          FlowLabel: 0xfffff,
          InIf: 4_000_000_000,
          OutIf: 2,
          Direction: 1,
          SrcMask: 64,
          DstMask: 24,
          NextHop: "fe80::1",
          SrcAS: 4_200_000_000,
          DstAS: 65_001,
          SrcMac: 0x0a0b0c0d0e0fn,
          DstMac: 0xffffffffffffn,
          Vlan: 4094,
          MplsLabel: 1_048_575,
          EndReason: 3,
          Bytes: 18_446_744_073_709_551_615n,
          Packets: 9_007_199_254_740_991n,
          SamplingRate: 1000,
          SamplingSource: 3,
          Extra: { natEvent: "1", "9.12345": "0x0a0b", empty: "", ünï: "line\nfeed 'quoted' \\" },
        },
      ]);
      const { rows, columns } = await store.flows(range);
      expect(rows).toHaveLength(1);
      const iso = (ms: number): string => new Date(range.fromMs + ms).toISOString();
      expect(Object.keys(rows[0]!)).toEqual(COLUMNS.map(({ name }) => name));
      expect(rows[0]).toMatchObject({
        TimeReceived: iso(5000),
        TimeStart: iso(1001),
        TimeEnd: iso(2002),
        ExporterAddr: "192.0.2.1",
        Domain: 4_294_967_295,
        Version: 10,
        IpVersion: 6,
        SrcAddr: "2001:db8::1",
        DstAddr: "10.1.2.3",
        SrcPort: 65_535,
        DstPort: 443,
        Proto: "tcp",
        TcpFlags: 0x1b,
        Tos: 0xb8,
        IcmpType: 8,
        IcmpCode: 3,
        FlowLabel: 0xfffff,
        InIf: 4_000_000_000,
        OutIf: 2,
        Direction: 1,
        SrcMask: 64,
        DstMask: 24,
        NextHop: "fe80::1",
        SrcAS: 4_200_000_000,
        DstAS: 65_001,
        SrcMac: "0a:0b:0c:0d:0e:0f",
        DstMac: "ff:ff:ff:ff:ff:ff",
        Vlan: 4094,
        MplsLabel: 1_048_575,
        EndReason: 3,
        Bytes: "18446744073709551615",
        Packets: 9_007_199_254_740_991,
        SamplingRate: 1000,
        SamplingSource: "options",
        Extra: { natEvent: "1", "9.12345": "0x0a0b", empty: "", ünï: "line\nfeed 'quoted' \\" },
      });
      expect(columns).toEqual(Object.keys(rows[0]!));
    });

    // A block file has integers in the fewest bytes that hold them.
    test("integers come back from blocks of every width", async () => {
      for (const value of [1, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 2 ** 32, 2 ** 53 - 1]) {
        const row = {
          ...{ SrcPort: value & 0xffff, TcpFlags: value & 0xff, Domain: value % 2 ** 32, SrcAS: value % 2 ** 32 },
          ...{ Bytes: value, Packets: value },
        };
        const { rows } = await store.flows(await given([{ TimeStart: 1000, ...row }, { TimeStart: 2000 }]));
        const zeros = Object.fromEntries(Object.keys(row).map((name) => [name, 0]));
        expect(rows).toMatchObject([zeros, row]);
      }
    });

    test("columns with few different addresses come back", async () => {
      const nextHops = ["10.0.0.1", "2001:db8::1", "::"];
      const wanted = Array.from({ length: 600 }, (_, i) => ({
        ExporterAddr: `192.0.2.${i % 200}`,
        NextHop: nextHops[i % 3]!,
        SrcAddr: `198.51.${i >> 8}.${i & 255}`,
      }));
      const range = await given(wanted.map((row, i) => ({ TimeStart: i, TimeReceived: i, ...row })));
      const { rows } = await store.flows({ ...range, limit: 1000 });
      const got = rows.map(({ ExporterAddr, NextHop, SrcAddr }) => ({ ExporterAddr, NextHop, SrcAddr }));
      expect(got).toEqual(wanted.toReversed());
    });

    test("fields without a column are those of their row", async () => {
      const extras = [{}, { a: "1", b: "2" }, {}, { b: "2" }, { b: "1", c: "x".repeat(300) }, {}];
      const range = await given(extras.map((Extra, i) => ({ TimeStart: i, TimeReceived: i, Extra })));
      const { rows } = await store.flows(range);
      expect(rows.map((row) => row["Extra"])).toEqual(extras.toReversed());
      const cases: [string, number[]][] = [
        ["Extra.a", [1]],
        ["not Extra.a", [5, 4, 3, 2, 0]],
        ["Extra.b = 1 and Extra.c != 2", [4]],
        ["Extra.b in (1, 2)", [4, 3, 1]],
        ["Extra.b > 1", [3, 1]],
        ["Extra.c > 0 or extra.A", []],
        ["Extra.b = ''", []],
        [`Extra.a = "1') or ('"`, []],
      ];
      for (const [filter, wanted] of cases) {
        const found = await store.flows({ ...range, filter });
        const starts = found.rows.map((row) => Date.parse(String(row["TimeStart"])) - range.fromMs);
        expect([filter, starts]).toEqual([filter, wanted]);
      }
    });

    test("flows are newest first, limited, and cut by time", async () => {
      const range = await given([1, 2, 3, 4].map((n) => ({ TimeStart: n * 1000, TimeReceived: n * 1000, SrcPort: n })));
      const ports = async (spec: object): Promise<unknown[]> =>
        (await store.flows({ ...range, ...spec })).rows.map((row) => row["SrcPort"]);
      expect(await ports({})).toEqual([4, 3, 2, 1]);
      expect(await ports({ limit: 2 })).toEqual([4, 3]);
      expect(await ports({ fromMs: range.fromMs + 2000, toMs: range.fromMs + 4000 })).toEqual([3, 2]);
    });

    test("flows are sorted by a column, the newest first where it is equal", async () => {
      const rows = [30, 10, 20, 10].map((Bytes, i) => ({
        TimeStart: i * 1000,
        TimeReceived: i * 1000,
        SrcPort: i,
        Bytes,
      }));
      const range = await given(rows);
      const ports = async (sort: FlowSort): Promise<unknown[]> =>
        (await store.flows({ ...range, sort })).rows.map((row) => row["SrcPort"]);
      expect(await ports({ column: "Bytes", largestFirst: true })).toEqual([0, 2, 3, 1]);
      expect(await ports({ column: "Bytes", largestFirst: false })).toEqual([3, 1, 2, 0]);
      expect(await ports({ column: "SrcAddr", largestFirst: true })).toEqual([3, 2, 1, 0]);
    });

    test("totals: top groups, the rest as nulls", async () => {
      const range = await given(
        [10, 20, 30, 40, 50].map((bytes, i) => ({
          TimeStart: i * 1000,
          SrcAddr: `10.0.0.${i + 1}`,
          Bytes: bytes,
          Packets: 1,
        })),
      );
      const result = await store.query({ ...range, by: ["SrcAddr"], metric: "bytes", top: 2 });
      expect(result.columns).toEqual(["SrcAddr", "bytes"]);
      expect(result.rows).toEqual([
        { SrcAddr: "10.0.0.5", bytes: 50 },
        { SrcAddr: "10.0.0.4", bytes: 40 },
        { SrcAddr: null, bytes: 60 },
      ]);
      expect((await store.query({ ...range, by: ["SrcAddr"], metric: "bytes" })).rows).toHaveLength(5);
      expect((await store.query({ ...range, by: [], metric: "flows" })).rows).toEqual([{ flows: 5 }]);
      expect((await store.query({ ...range, by: [], metric: "packets" })).rows).toEqual([{ packets: 5 }]);
    });

    test("an empty range has a total of zero and no groups", async () => {
      const range = { fromMs: 1000, toMs: 2000 };
      expect((await store.query({ ...range, by: [], metric: "bytes" })).rows).toEqual([{ bytes: 0 }]);
      expect((await store.query({ ...range, by: ["Proto"], metric: "bytes" })).rows).toEqual([]);
      expect((await store.query({ ...range, by: [], metric: "bytes", stepMs: 100 })).rows).toEqual([]);
      expect((await store.flows(range)).rows).toEqual([]);
    });

    test("rates are bits and packets a second of the bin or the range", async () => {
      const range = await given([{ TimeStart: 0, TimeEnd: 20_000, Bytes: 20_000, Packets: 40, Proto: 17 }]);
      const spec = { ...range, toMs: range.fromMs + 20_000, by: ["Proto"] as const };
      expect((await store.query({ ...spec, metric: "bps" })).rows).toEqual([{ Proto: "udp", bps: 8000 }]);
      expect((await store.query({ ...spec, metric: "pps", stepMs: 10_000 })).rows).toEqual([
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
      expect((await store.query({ ...spec, stepMs: 60_000 })).rows).toEqual([
        { time: minute(1), bytes: 100 },
        { time: minute(2), bytes: 70 },
      ]);
      expect((await store.query({ ...spec, toMs: range.fromMs + 65_001 })).rows).toEqual([{ bytes: 100 }]);
      expect((await store.query({ ...spec, toMs: range.fromMs + 65_000 })).rows).toEqual([{ bytes: 0 }]);
      expect((await store.query({ ...spec, metric: "flows", by: ["Proto"], raw: true })).rows).toEqual([
        { Proto: "tcp", flows: 1 },
        { Proto: "udp", flows: 1 },
      ]);
      const received = { ...range, fromMs: range.fromMs + 100_000, time: "arrival" } as const;
      expect((await store.flows(received)).rows.map((row) => row["Proto"])).toEqual(["tcp"]);
      expect((await store.flows({ ...received, time: "flow" })).rows).toEqual([]);
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
      const answer = await store.query(spec);
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
      expect((await store.query({ ...spec, top: 1 })).rows).toEqual([
        { Proto: "udp", bytes: 200, previous: 10 },
        { Proto: null, bytes: 100, previous: 5 },
      ]);
      expect((await store.query({ ...spec, by: [], metric: "pps" })).rows).toEqual([
        { pps: 3 / 86_400, previous: 2 / 86_400 },
      ]);
      const time = (minute: number) => new Date(day.fromMs + minute * 60_000).toISOString();
      expect((await store.query({ ...spec, stepMs: 60_000, top: 1 })).rows).toEqual([
        { time: time(0), Proto: "udp", bytes: 200, previous: 10 },
        { time: time(0), Proto: null, bytes: 0, previous: 5 },
        { time: time(1), Proto: null, bytes: 100, previous: 0 },
      ]);
      expect((await store.query({ ...spec, by: [], metric: "flows", stepMs: 60_000 })).rows).toEqual([
        { time: time(0), flows: 1, previous: 2 },
        { time: time(1), flows: 1, previous: 0 },
      ]);
      const refused = (more: object) =>
        expect(store.query({ ...spec, ...more })).rejects.toMatchObject({ code: "bad-request" });
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
        (await store.query({ ...range, by: [], metric, ...more } as QuerySpec)).rows;
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
                b[metric] - a[metric] ||
                a.keys.map((key, i) => order(key) - order(b.keys[i]!)).find((d) => d !== 0) ||
                0,
            );
            const by = ["SrcAddr", "DstAddr", "SrcPort", "DstPort"];
            const wanted = ranked.slice(0, top).map((sum) => [...sum.keys, sum[metric]]);
            const rest = ranked.slice(top).reduce((total, sum) => total + sum[metric], 0);
            const answer = await store.query({ ...range, by, metric, top });
            expect(answer.rows.map((row) => [...by, metric].map((name) => row[name]))).toEqual([
              ...wanted,
              [null, null, null, null, rest],
            ]);
          }
        }
      },
      SLOW_MS,
    );

    test("sampled counters are scaled", async () => {
      const range = await given([{ TimeStart: 0, Bytes: 7, Packets: 1, SamplingRate: 100 }]);
      expect((await store.query({ ...range, by: [], metric: "bytes" })).rows).toEqual([{ bytes: 700 }]);
      expect((await store.query({ ...range, by: [], metric: "flows" })).rows).toEqual([{ flows: 1 }]);
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
      const { rows } = await store.query({ ...range, by: ["SrcAddr"], metric: "bytes" });
      const byAddress = new Map(rows.map((row) => [row["SrcAddr"], BigInt(row["bytes"]!)]));
      expect(totals.map((_, i) => byAddress.get(`10.0.0.${i + 1}`))).toEqual(totals);
      const sum = totals.reduce((all, total) => all + total, 0n);
      // A filter on a column that no roll-up has: counters of a roll-up have 64 bits.
      const filter = "SrcAddr in 10.0.0.0/8";
      const all = await store.query({ ...range, by: [], metric: "bytes", filter });
      expect(all.rows).toEqual([{ bytes: sum.toString() }]);
      const rest = await store.query({ ...range, by: ["SrcAddr"], metric: "bytes", top: 1 });
      expect(rest.rows[1]).toEqual({ SrcAddr: null, bytes: (sum - most).toString() });
      const series = await store.query({ ...range, by: ["SrcAddr"], metric: "bytes", stepMs: DAY, top: 1 });
      expect(series.rows.map((row) => BigInt(row["bytes"]!)).reduce((all, total) => all + total)).toBe(sum);
    });

    test("the largest counter there is stays exact", async () => {
      const most = 2n ** 64n - 1n;
      const range = await given([{ TimeStart: 0, TimeEnd: 3000, Bytes: most, Packets: most }]);
      const { rows } = await store.query({ ...range, by: ["Proto"], metric: "bytes" });
      expect(rows).toEqual([{ Proto: "hopopt", bytes: most.toString() }]);
      const series = await store.query({
        ...range,
        toMs: range.fromMs + 3000,
        by: [],
        metric: "packets",
        stepMs: 1000,
      });
      expect(series.rows.map((row) => row["packets"])).toEqual(Array.from({ length: 3 }, () => (most / 3n).toString()));
    });

    test("filters keep what they say", async () => {
      const range = await given([
        { TimeStart: 0, SrcAddr: "10.0.0.1", DstAddr: "192.0.2.9", SrcPort: 1024, DstPort: 80, Proto: 6, Bytes: 1 },
        {
          TimeStart: 1,
          SrcAddr: "10.255.255.255",
          DstAddr: "10.0.0.1",
          SrcPort: 443,
          DstPort: 5000,
          Proto: 17,
          Bytes: 2,
        },
        {
          TimeStart: 2,
          SrcAddr: "11.0.0.0",
          DstAddr: "2001:db8::5",
          SrcPort: 53,
          DstPort: 53,
          Proto: 17,
          Bytes: 4,
          SrcMac: 0xa0b0c0d0e0fn,
        },
        { TimeStart: 3, SrcAddr: "2001:db8:1::1", DstAddr: "2001:db8::5", Proto: 58, Bytes: 8, TcpFlags: 2 },
      ]);
      const cases: [string, number][] = [
        ["", 15],
        ["SrcAddr = 10.0.0.1", 1],
        ["srcaddr != 10.0.0.1", 14],
        ["SrcAddr in 10.0.0.0/8", 3],
        ["not src net 10.0.0.0/8", 12],
        ["host 10.0.0.1", 3],
        ["host != 10.0.0.1", 12],
        ["SrcAddr in 0.0.0.0/0", 7],
        ["DstAddr in 2001:db8::/64", 12],
        ["src in (10.0.0.1, 11.0.0.0, 2001:db8:1::/48)", 13],
        ["src 10.0.0.1-10.255.255.254", 1],
        ["proto = UDP and port 53", 4],
        ["proto udp or proto tcp", 7],
        ["proto in (tcp, ipv6-icmp)", 9],
        ["SrcPort in 400-1024", 3],
        ["SrcPort > 53 and SrcPort <= 443", 2],
        ["port in (80, 5000) and not proto tcp", 2],
        ["Bytes >= 4", 12],
        ["SrcMac = 0A:0b:0c:0d:0e:0f", 4],
        ["TcpFlags S", 8],
        [`TimeStart >= ${new Date(range.fromMs + 2).toISOString()}`, 12],
      ];
      for (const [filter, bytes] of cases) {
        const result = await store.query({ ...range, by: [], metric: "bytes", filter });
        expect([filter, result.rows]).toEqual([filter, [{ bytes }]]);
      }
    });

    test("filters equal the oracle", async () => {
      const address = fc.constantFrom(
        "10.0.0.1",
        "10.0.0.200",
        "10.1.0.1",
        "192.0.2.9",
        "2001:db8::5",
        "2001:db8:1::1",
        "::",
      );
      const port = fc.constantFrom(0, 1, 53, 80, 443, 1024, 65_535);
      const rowOf = fc.record({
        TimeStart: fc.integer({ min: 0, max: 100_000 }),
        life: fc.constantFrom(0, 1, 999, 1000, 61_000, 2_000_000),
        IpVersion: fc.constantFrom(4, 6),
        SrcAddr: address,
        DstAddr: address,
        SrcPort: port,
        DstPort: port,
        Proto: fc.constantFrom(1, 6, 17, 58),
        TcpFlags: fc.integer({ min: 0, max: 63 }),
        IcmpType: fc.constantFrom(0, 8),
        InIf: fc.constantFrom(0, 3),
        OutIf: fc.constantFrom(0, 3),
        Bytes: fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.bigInt(0n, 2n ** 64n - 1n)),
        Packets: fc.constantFrom(0, 1, 10, 1_000_000),
      });
      const rows = fc.sample(rowOf, { numRuns: 120, seed: 7 }).map(({ life, ...row }, i) => ({
        ...row,
        TimeEnd: row.TimeStart + life,
        FlowLabel: i,
      }));
      const range = await given(rows);
      const number = fc.constantFrom("0", "1", "53", "80", "1000", "1k", "1M", "60000");
      const comparison = fc.oneof(
        fc
          .tuple(
            fc.constantFrom("port", "bytes", "packets", "SrcPort", "bpp", "duration"),
            fc.constantFrom("", "=", "!=", "<", "<=", ">", ">="),
            number.filter((text) => text !== "1M"),
          )
          .map(([name, operator, value]) => `${name} ${operator} ${value.replace("1k", "1000")}`),
        fc
          .tuple(fc.constantFrom("bps", "pps", "bytes"), fc.constantFrom(">", "<="), number)
          .map((parts) => parts.join(" ")),
        fc
          .tuple(
            fc.constantFrom("host", "src", "dst net", "src and dst ip", "ServerAddr", "LowAddr"),
            fc.constantFrom("", "in", "!="),
            fc.constantFrom("10/8", "10.0.0.1", "2001:db8::/32", "::/0", "[10.0.0.0/24 192.0.2.9]", "@set"),
          )
          .map((parts) => parts.join(" ")),
        fc.constantFrom(
          "flags S",
          "not flags AFRPU",
          "flags 0x12",
          "TcpFlags has SA",
          "icmp-type 8",
          "any",
          "inet",
          "inet6",
        ),
        fc.constantFrom(
          "SrcPort = DstPort",
          "SrcPort <= DstPort",
          "SrcAddr = DstAddr",
          "InIf != OutIf",
          "Bytes > Packets",
        ),
        fc.constantFrom("Side = server", "Way = from-low", "PacketSizeClass in (none, 1-63)", "DurationClass = 1m-5m"),
        fc.constantFrom("ServicePort = http", "LowPort = 53", "HighPort > 80", "proto ~ 'i*'", "if 3", "out if 3"),
      );
      const { filter } = fc.letrec<{ filter: string }>((tie) => ({
        filter: fc.oneof(
          { maxDepth: 3, withCrossShrink: true },
          comparison,
          tie("filter").map((one) => `not (${one})`),
          fc
            .tuple(tie("filter"), fc.constantFrom("and", "or"), tie("filter"))
            .map(([a, word, b]) => `(${a}) ${word} ${b}`),
        ),
      }));
      const sets = { set: "10.0.0.0/24 2001:db8:1::/48\n192.0.2.9" };
      await fc.assert(
        fc.asyncProperty(filter, async (filter) => {
          const tree = parseFilter(filter, sets);
          const expected = rows.filter((row) => oracleMatches(tree, row)).map(({ FlowLabel }) => FlowLabel);
          const answer = await store.flows({ ...range, filter, sets, limit: 1000 });
          const labels = answer.rows.map((row) => Number(row["FlowLabel"]));
          expect(labels.sort((a, b) => a - b)).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });

    test("a set of thousands of prefixes", async () => {
      const range = await given([
        { TimeStart: 0, SrcAddr: "10.3.7.9", Bytes: 1 },
        { TimeStart: 1, SrcAddr: "10.3.8.9", Bytes: 2 },
        { TimeStart: 2, SrcAddr: "2001:db8:77::1", Bytes: 4 },
        { TimeStart: 3, SrcAddr: "2001:db8:7fff::1", Bytes: 8 },
      ]);
      const prefixes = Array.from({ length: 20_000 }, (_, i) =>
        i % 2 === 0
          ? `10.${(i >> 8) & 255}.${i & 255 & ~1 ? (i & 254) + 1 : 1}.0/24`
          : `2001:db8:${i.toString(16)}::/48`,
      );
      const sets = { list: prefixes.join("\n") };
      const kept = async (filter: string): Promise<unknown> =>
        (await store.query({ ...range, by: [], metric: "bytes", filter, sets })).rows;
      expect(await kept("src net in @list")).toEqual([{ bytes: 5 }]);
      expect(await kept("not src net in @list")).toEqual([{ bytes: 10 }]);
    });

    test("text of a filter never reaches the database", async () => {
      for (const filter of [
        "SrcPort = 1) or (1",
        "Proto = 'tcp' or 1=1",
        "SrcAddr = '10.0.0.1'') --'",
        "1=1; drop table flows",
      ]) {
        await expect(store.query({ fromMs: 0, toMs: 1000, by: [], metric: "bytes", filter })).rejects.toThrow(
          /^filter: /,
        );
      }
    });

    test(
      "spreading over bins equals the oracle and conserves totals",
      async () => {
        const rowOf = fc.record({
          TimeStart: fc.integer({ min: 0, max: 100_000 }),
          life: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90_000 })),
          Bytes: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.bigInt(0n, 2n ** 50n)),
          Packets: fc.integer({ min: 0, max: 1000 }),
          SamplingRate: fc.constantFrom(0, 1, 1, 7),
          SrcPort: fc.integer({ min: 1, max: 4 }),
          Proto: fc.constantFrom(6, 17),
        });
        const queryOf = fc.record({
          metric: fc.constantFrom("bytes" as const, "packets" as const, "flows" as const),
          by: fc.constantFrom<readonly DimensionName[]>([], ["SrcPort"], ["Proto", "SrcPort"]),
          stepMs: fc.constantFrom(undefined, 1000, 7000, 60_000),
          from: fc.integer({ min: 0, max: 60_000 }),
          span: fc.integer({ min: 1, max: 120_000 }),
          top: fc.integer({ min: 1, max: 5 }),
        });
        await fc.assert(
          fc.asyncProperty(
            fc.array(rowOf, { minLength: 1, maxLength: 30 }),
            fc.array(queryOf, { minLength: 1, maxLength: 6 }),
            async (rows, queries) => {
              const flows = rows.map(({ life, ...row }) => ({
                ...row,
                TimeEnd: row.TimeStart + life,
                TimeReceived: 0,
              }));
              const { fromMs: base } = await given(flows);
              for (const { from, span, stepMs, ...rest } of queries) {
                const spec: QuerySpec = {
                  ...rest,
                  fromMs: base + from,
                  toMs: base + from + span,
                  ...(stepMs === undefined ? {} : { stepMs }),
                };
                const oracle: OracleQuery = { ...spec, stepMs: stepMs ?? null };
                const { rows: answer } = await store.query(spec);
                expect(answer).toEqual(oracleAggregate(flows, base, oracle));
              }
            },
          ),
          { numRuns: 25 },
        );
      },
      SLOW_MS,
    );

    test(
      "questions equal the oracle: derived dimensions, masks, statistics, orders",
      async () => {
        const address = fc.constantFrom("10.0.0.1", "10.0.1.200", "192.0.2.9", "2001:db8::5", "2001:db8:0:1::1", "::");
        const port = fc.constantFrom(0, 53, 443, 50_000);
        const rowOf = fc.record({
          TimeStart: fc.integer({ min: 0, max: 7_000_000 }),
          life: fc.constantFrom(0, 1, 999, 61_000, 2_000_000),
          SrcAddr: address,
          DstAddr: address,
          SrcPort: port,
          DstPort: port,
          Proto: fc.constantFrom(6, 17),
          TcpFlags: fc.constantFrom(2, 18),
          EndReason: fc.constantFrom(1, 3),
          Bytes: fc.integer({ min: 0, max: 5_000_000 }),
          Packets: fc.integer({ min: 0, max: 3000 }),
          SamplingRate: fc.constantFrom(0, 1, 7),
        });
        const rows = fc
          .sample(rowOf, { numRuns: 80, seed: 11 })
          .map(({ life, ...row }) => ({ ...row, TimeEnd: row.TimeStart + life, TimeReceived: 0 }));
        const { fromMs: base } = await given(rows);
        const names = DIMENSION_NAMES.filter((name) => !/^(Time|Sampling)/.test(name));
        const dimension = fc.oneof(
          fc.constantFrom(...names),
          fc.constantFrom("SrcAddr/24", "DstAddr/48", "ServerAddr/8/32"),
        );
        const common = {
          by: fc.uniqueArray(dimension, { maxLength: 3 }),
          from: fc.integer({ min: 0, max: 4_000_000 }),
          span: fc.integer({ min: 1, max: 5_000_000 }),
          top: fc.integer({ min: 1, max: 6 }),
          raw: fc.boolean(),
          metric: fc.constantFrom("bytes", "packets", "flows", "bps", "pps"),
        };
        const queryOf = fc.oneof(
          fc.record({
            ...common,
            statistic: fc.constantFrom("total", "last", "min", "max", "average", "p95"),
            order: fc.constantFrom(undefined, "total", "last", "peak", "average"),
          }),
          fc.record({
            ...common,
            stepMs: fc.constantFrom(60_000, 1_000_000),
            order: fc.constantFrom(undefined, "last", "peak"),
          }),
          fc.record({
            ...common,
            metric: fc.constantFrom("bpp", "distinct:SrcAddr", "distinct:DstAddr/24", "distinct:Side"),
          }),
          fc.record({ ...common, stepMs: fc.constant(600_000), metric: fc.constantFrom("bpp", "distinct:SrcPort") }),
        );
        await fc.assert(
          fc.asyncProperty(queryOf, async ({ from, span, ...rest }) => {
            const spec = { ...rest, fromMs: base + from, toMs: base + from + span } as QuerySpec;
            const { rows: answer } = await store.query(spec);
            expect(answer).toEqual(oracleAggregate(rows, base, { ...spec, stepMs: spec.stepMs ?? null }));
          }),
          { numRuns: 25 },
        );
      },
      SLOW_MS,
    );

    test("an answer in pieces has the rows of the whole one, and no piece is large", async () => {
      const range = await given(
        Array.from({ length: 3000 }, (_, i) => ({ TimeStart: i, SrcPort: i, Bytes: i + 1, SrcAddr: "2001:db8::1" })),
      );
      const query: QuerySpec = { ...range, by: ["SrcPort", "SrcAddr"], metric: "bytes", top: 1000 };
      const series: QuerySpec = { ...query, toMs: range.fromMs + 3000, stepMs: 100 };
      const flows = { ...range, limit: 3000 };
      const answers = [
        [await store.query(query), await store.queryInPieces(query)],
        [await store.query(series), await store.queryInPieces(series)],
        [await store.flows(flows), await store.flowsInPieces(flows)],
      ] as const;
      for (const [{ rows, elapsedMs, ...whole }, { frame, pieces, bytes }] of answers) {
        expect({ ...frame, elapsedMs }).toEqual({ ...whole, elapsedMs, rows: [] });
        const lengths: number[] = [];
        const read: object[] = [];
        for (const piece of pieces) {
          lengths.push(piece.length);
          read.push(...piece);
        }
        expect(read).toEqual(rows);
        expect(rows.length).toBeGreaterThan(1000);
        expect(Math.max(...lengths)).toBeLessThan(1000);
        expect(bytes).toBeGreaterThan(rows.length * 10);
      }
    });

    test("a request whose caller is gone is cancelled", async () => {
      const spec = { fromMs: 0, toMs: 1000 };
      const options = { signal: AbortSignal.abort() };
      await expect(store.flows(spec, options)).rejects.toMatchObject({ code: "query-cancelled" });
      await expect(store.query({ ...spec, by: [], metric: "bytes" }, options)).rejects.toMatchObject({
        code: "query-cancelled",
      });
    });

    test("rows can be queried within a second of the sink having them", async () => {
      const nowMs = T0 - 50 * DAY;
      expect(spool.write(batchOf([{ TimeReceived: nowMs, TimeStart: nowMs, TimeEnd: nowMs, Bytes: 5 }]))).toBe(1);
      // Nothing is flushed or drained by hand here; the deadline is generous because machines are shared.
      await expect
        .poll(async () => (await store.query({ fromMs: nowMs, toMs: nowMs + 1, by: [], metric: "bytes" })).rows, {
          timeout: 15_000,
          interval: 50,
        })
        .toEqual([{ bytes: 5 }]);
    });

    test("stats count rows, blocks and backlog", async () => {
      await store.drain();
      const before = await store.stats();
      await given([{ TimeStart: 0 }, { TimeStart: 1 }]);
      const after = await store.stats();
      expect(after.rowsStored - before.rowsStored).toBe(2);
      expect(after.blocksStored - before.blocksStored).toBe(1);
      expect(after.rowsTotal - before.rowsTotal).toBe(2);
      expect(after).toMatchObject({ backlogBlocks: 0, backlogBytes: 0, blocksDamaged: 0, insertErrors: 0 });
      expect(after.lastSeenMs).toBeGreaterThan(0);
      expect(after.bytesTotal).toBeGreaterThan(0);
    });
  });
}
