import { PacketBatch, setU16be, setU32be } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LargestFlows } from "./largest-flows.ts";

/** A record of v5: 10.0.0.`host` to 192.0.2.1. */
interface V5Record {
  readonly host: number;
  readonly protocol: number;
  readonly bytes: number;
}

/** A NetFlow v5 datagram (24 bytes, then 48 of each record). */
function v5(records: readonly V5Record[]): Uint8Array {
  const datagram = new Uint8Array(24 + 48 * records.length);
  setU16be(datagram, 0, 5);
  setU16be(datagram, 2, records.length);
  for (const [i, { host, protocol, bytes }] of records.entries()) {
    const r = 24 + 48 * i;
    setU32be(datagram, r, 0x0a000000 + host);
    setU32be(datagram, r + 4, 0xc0000201);
    setU32be(datagram, r + 20, bytes);
    setU16be(datagram, r + 32, 4000);
    setU16be(datagram, r + 34, 53);
    datagram[r + 38] = protocol;
  }
  return datagram;
}

describe("LargestFlows", () => {
  it("has the five records with the most bytes, in whatever order and datagrams they come", () => {
    const record = fc.record({
      host: fc.nat(255),
      protocol: fc.constantFrom(6, 17),
      bytes: fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 0xffff_ffff })),
    });
    fc.assert(
      fc.property(fc.array(fc.array(record, { maxLength: 30 }), { maxLength: 10 }), (datagrams) => {
        const largest = new LargestFlows();
        for (const records of datagrams) largest.look(PacketBatch.of(v5(records)));
        const expected = datagrams
          .flat()
          .filter(({ bytes }) => bytes > 0)
          .toSorted((a, b) => b.bytes - a.bytes)
          .slice(0, 5)
          .map(({ host, protocol, bytes }) => ({
            text: `${protocol === 6 ? "tcp" : "udp"} 10.0.0.${host}:4000 > 192.0.2.1:53`,
            bytes,
          }));
        expect(largest.flows).toEqual(expected);
      }),
    );
  });

  it("leaves ports out where there are none, and names unknown protocols by number", () => {
    const largest = new LargestFlows();
    const rows = [
      { host: 1, protocol: 1, bytes: 9 },
      { host: 2, protocol: 47, bytes: 8 },
    ];
    largest.look(PacketBatch.of(v5(rows)));
    expect(largest.flows.map(({ text }) => text)).toEqual([
      "icmp 10.0.0.1 > 192.0.2.1",
      "protocol 47 10.0.0.2:4000 > 192.0.2.1:53",
    ]);
  });

  it("merges the lists of threads", () => {
    const list = (...bytes: number[]) => bytes.map((n) => ({ text: `${n}`, bytes: n }));
    expect(LargestFlows.merged([list(9, 5, 1), list(8, 7, 6, 2)]).map(({ bytes }) => bytes)).toEqual([9, 8, 7, 6, 5]);
  });
});
