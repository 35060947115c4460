import { expect } from "vitest";
import { COLUMNS } from "@ngflow/flows";
import type { ContractBed } from "./bed.ts";

/** Every column comes back as it was written. */
export function columnsTests(bed: ContractBed): void {
  const { test, given } = bed;

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
    const { rows, columns } = await bed.store.flows(range);
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
      const { rows } = await bed.store.flows(await given([{ TimeStart: 1000, ...row }, { TimeStart: 2000 }]));
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
    const { rows } = await bed.store.flows({ ...range, limit: 1000 });
    const got = rows.map(({ ExporterAddr, NextHop, SrcAddr }) => ({ ExporterAddr, NextHop, SrcAddr }));
    expect(got).toEqual(wanted.toReversed());
  });

  test("fields without a column are those of their row", async () => {
    const extras = [{}, { a: "1", b: "2" }, {}, { b: "2" }, { b: "1", c: "x".repeat(300) }, {}];
    const range = await given(extras.map((Extra, i) => ({ TimeStart: i, TimeReceived: i, Extra })));
    const { rows } = await bed.store.flows(range);
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
      const found = await bed.store.flows({ ...range, filter });
      const starts = found.rows.map((row) => Date.parse(String(row["TimeStart"])) - range.fromMs);
      expect([filter, starts]).toEqual([filter, wanted]);
    }
  });
}
