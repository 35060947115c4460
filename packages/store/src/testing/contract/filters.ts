import fc from "fast-check";
import { expect } from "vitest";
import { parseFilter } from "@ngflow/flows";
import { oracleMatches } from "../oracle-filter.ts";
import type { ContractBed } from "./bed.ts";

/** Filters say the same as the oracle. */
export function filtersTests(bed: ContractBed): void {
  const { test, given } = bed;

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
      const result = await bed.store.query({ ...range, by: [], metric: "bytes", filter });
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
        const answer = await bed.store.flows({ ...range, filter, sets, limit: 1000 });
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
      i % 2 === 0 ? `10.${(i >> 8) & 255}.${i & 255 & ~1 ? (i & 254) + 1 : 1}.0/24` : `2001:db8:${i.toString(16)}::/48`,
    );
    const sets = { list: prefixes.join("\n") };
    const kept = async (filter: string): Promise<unknown> =>
      (await bed.store.query({ ...range, by: [], metric: "bytes", filter, sets })).rows;
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
      await expect(bed.store.query({ fromMs: 0, toMs: 1000, by: [], metric: "bytes", filter })).rejects.toThrow(
        /^filter: /,
      );
    }
  });
}
