import { fromHex, LINK_ETHERNET, LINK_RAW, setU32be } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressPairHash } from "./address-pair.ts";

const MACS = "020000000001020000000002";

function hash(packet: Uint8Array, linkType = LINK_ETHERNET, length = packet.length): number {
  return addressPairHash(
    packet,
    new DataView(packet.buffer, packet.byteOffset, packet.byteLength),
    0,
    length,
    linkType,
  );
}

/** An IP header with these addresses (4 or 16 bytes), and what follows it. */
function ip(source: Uint8Array, destination: Uint8Array, rest: Uint8Array): Uint8Array {
  const isIpv4 = source.length === 4;
  const header = new Uint8Array(isIpv4 ? 12 : 8);
  header[0] = isIpv4 ? 0x45 : 0x60;
  return Uint8Array.from([...header, ...source, ...destination, ...rest]);
}

function framed(packet: Uint8Array, tags = ""): Uint8Array {
  const type = packet[0]! >>> 4 === 4 ? "0800" : "86dd";
  return Uint8Array.from([...fromHex(`${MACS}${tags}${type}`), ...packet]);
}

const addresses = fc.oneof(
  fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 4, maxLength: 4 })),
  fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
);

describe("addressPairHash", () => {
  it("is the same for both directions, behind any tags and labels, without a link header, and whatever follows", () => {
    fc.assert(
      fc.property(addresses, fc.uint8Array({ maxLength: 40 }), ([a, b], rest) => {
        const there = ip(a, b, rest);
        const back = ip(b, a, new Uint8Array(8));
        const expected = hash(framed(there));
        const mpls = Uint8Array.from([...fromHex(`${MACS}88470001f140`), ...there]);
        const all = [framed(back), framed(there, "88a8006581000066"), framed(back, "81000007"), mpls];
        expect(all.map((frame) => hash(frame))).toEqual(all.map(() => expected));
        expect([hash(there, LINK_RAW), hash(back, LINK_RAW)]).toEqual([expected, expected]);
      }),
    );
  });

  it.each([
    ["ARP", fromHex(`${MACS}08060001080006040001`), LINK_ETHERNET],
    ["a frame of six bytes", fromHex(MACS).subarray(0, 6), LINK_ETHERNET],
    ["nothing", new Uint8Array(0), LINK_RAW],
    [
      "another IP version",
      ip(new Uint8Array(4).fill(1), new Uint8Array(4), new Uint8Array(40)).fill(0x55, 0, 1),
      LINK_RAW,
    ],
  ])("is 0 for %s", (_name, packet, linkType) => {
    expect(hash(packet, linkType)).toBe(0);
  });

  it("looks at nothing beyond the bytes that are there", () => {
    const v4 = framed(ip(new Uint8Array(4).fill(9), new Uint8Array(4).fill(8), new Uint8Array(20)), "81000007");
    const v6 = framed(ip(new Uint8Array(16).fill(9), new Uint8Array(16).fill(8), new Uint8Array(20)));
    for (const [frame, needed] of [[v4, 18 + 20] as const, [v6, 14 + 40] as const]) {
      for (let length = 0; length <= frame.length; length++) {
        const cut = frame.slice();
        cut.fill(0xff, length);
        expect([length, hash(cut, LINK_ETHERNET, length)]).toEqual([length, length < needed ? 0 : hash(frame)]);
      }
    }
  });

  it.each([
    ["neighbours that talk to one server", (i: number) => [0x0a000000 + i, 0xc0a80001]],
    ["each with its neighbour", (i: number) => [0x0a000000 + 2 * i, 0x0a000001 + 2 * i]],
    ["the same number in two networks", (i: number) => [0x0a000000 + i, 0x0b000000 + i]],
  ])("gives two, three and eight shares about the same: %s", (_name, pair) => {
    const hashes = Array.from({ length: 8000 }, (_, i) => {
      const [a, b] = pair(i);
      const [source, destination] = [new Uint8Array(4), new Uint8Array(4)];
      setU32be(source, 0, a!);
      setU32be(destination, 0, b!);
      return hash(framed(ip(source, destination, new Uint8Array(0))));
    });
    for (const shares of [2, 3, 8]) {
      const sizes = Array.from({ length: shares }, () => 0);
      for (const h of hashes) sizes[Math.floor((h * shares) / 2 ** 16)]!++;
      expect(Math.min(...sizes)).toBeGreaterThan((0.8 * hashes.length) / shares);
    }
  });
});
