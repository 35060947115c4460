import { fromHex, LINK_ETHERNET, LINK_RAW, seededRng } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PacketColumns } from "./columns.ts";
import { ParsedPackets, parsePacket, parsePackets } from "./parse.ts";
import { SKIP_REASON_NAMES } from "./skip-reason.ts";

/** What the parser says of one packet, readable. */
function read(packet: Uint8Array, linkType: number, wireLength = packet.length): unknown {
  const batch: PacketColumns = {
    buffer: packet,
    count: 1,
    capacity: 1,
    offsets: Uint32Array.of(0),
    lengths: Uint32Array.of(packet.length),
    wireLengths: Uint32Array.of(wireLength),
    timesUs: Float64Array.of(0),
  };
  const out = new ParsedPackets(1);
  parsePackets(batch, new DataView(packet.buffer, packet.byteOffset, packet.byteLength), 0, 1, linkType, out);
  return row(out, 0);
}

function row(out: ParsedPackets, k: number): unknown {
  const kind = out.kind[k]!;
  if (kind < 0) return SKIP_REASON_NAMES[-1 - kind];
  const swap = (half: number): number => ((half & 0xff) << 8) | (half >>> 8);
  return {
    version: kind,
    source: (out.addresses[8 * k]! >>> 0).toString(16),
    ports: [swap(out.ports[k]! & 0xffff), swap(out.ports[k]! >>> 16)],
    protocol: out.meta[k]! & 0xff,
    tos: (out.meta[k]! >>> 8) & 0xff,
    bytes: out.bytes[k]!,
    flags: out.tcpFlags[k]!,
  };
}

const MACS = "020000000001020000000002";
const TCP = "04d2005000000001000000005012ffff00000000";
const UDP = "04d2003500080000";
const ip4 = (protocol: string, payload: string, options = "", fragment = "0000"): string => {
  const header = 20 + options.length / 2;
  const total = header + payload.length / 2;
  const ihl = (0x40 | (header / 4)).toString(16);
  return `${ihl}b8${total.toString(16).padStart(4, "0")}0001${fragment}40${protocol}0000c0a80101c0a80102${options}${payload}`;
};
const ip6 = (next: string, payload: string): string =>
  `6ab00000${(payload.length / 2).toString(16).padStart(4, "0")}${next}4020010db800000000000000000000000120010db8000000000000000000000002${payload}`;
const seen = (version: number, protocol: number, ports: number[], bytes: number, flags = 0, tos?: number): unknown => ({
  version,
  source: version === 4 ? "101a8c0" : "b80d0120",
  ports,
  protocol,
  tos: tos ?? (version === 4 ? 0xb8 : 0xab),
  bytes,
  flags,
});

describe("parsePackets", () => {
  it.each([
    ["TCP", `${MACS}0800${ip4("06", TCP)}`, seen(4, 6, [1234, 80], 40, 0x12)],
    ["UDP", `${MACS}0800${ip4("11", UDP)}`, seen(4, 17, [1234, 53], 28)],
    [
      "UDP padded to the Ethernet minimum",
      `${MACS}0800${ip4("11", UDP)}${"00".repeat(18)}`,
      seen(4, 17, [1234, 53], 28),
    ],
    ["IPv4 options", `${MACS}0800${ip4("06", TCP, "01010101")}`, seen(4, 6, [1234, 80], 44, 0x12)],
    ["ICMP echo request", `${MACS}0800${ip4("01", "0800f7ff00000000")}`, seen(4, 1, [0, 0x0800], 28)],
    ["ICMP port unreachable", `${MACS}0800${ip4("01", "0303f7ff00000000")}`, seen(4, 1, [0, 0x0303], 28)],
    ["SCTP", `${MACS}0800${ip4("84", "0b590b5a0000000100000000")}`, seen(4, 132, [2905, 2906], 32)],
    ["first fragment", `${MACS}0800${ip4("11", UDP, "", "2000")}`, seen(4, 17, [1234, 53], 28)],
    ["later fragment", `${MACS}0800${ip4("11", "ffffffffffffffff", "", "00b9")}`, seen(4, 17, [0, 0], 28)],
    ["later TCP fragment, little of it", `${MACS}0800${ip4("06", "ffff", "", "2001")}`, seen(4, 6, [0, 0], 22)],
    ["GRE", `${MACS}0800${ip4("2f", "00000800")}`, seen(4, 47, [0, 0], 24)],
    ["802.1Q", `${MACS}810000650800${ip4("06", TCP)}`, seen(4, 6, [1234, 80], 40, 0x12)],
    ["QinQ", `${MACS}88a80065810000660800${ip4("06", TCP)}`, seen(4, 6, [1234, 80], 40, 0x12)],
    ["MPLS, two labels", `${MACS}8847000640400001f140${ip4("06", TCP)}`, seen(4, 6, [1234, 80], 40, 0x12)],
    ["MPLS under a VLAN tag", `${MACS}8100006588480001f140${ip6("11", UDP)}`, seen(6, 17, [1234, 53], 48)],
    ["MPLS pseudowire", `${MACS}88470001f14000000000`, "notIp"],
    ["ARP", `${MACS}08060001080006040001`, "notIp"],
    ["LLC", `${MACS}0026424203000000`, "notIp"],
    ["PPPoE, IPv4", `${MACS}886411000001001e0021${ip4("11", UDP)}`, seen(4, 17, [1234, 53], 28)],
    ["PPPoE, IPv6", `${MACS}886411000001003e0057${ip6("06", TCP)}`, seen(6, 6, [1234, 80], 60, 0x12)],
    ["PPPoE, padded", `${MACS}88641100000100260021${ip4("11", UDP)}${"ff".repeat(20)}`, seen(4, 17, [1234, 53], 28)],
    ["PPPoE in a VLAN", `${MACS}8100006588641100000100160021${ip4("06", "", "", "2001")}`, seen(4, 6, [0, 0], 20)],
    [
      "PPPoE in two VLANs",
      `${MACS}88a8006581000066886411000001002a0021${ip4("06", TCP)}`,
      seen(4, 6, [1234, 80], 40, 0x12),
    ],
    ["PPPoE, LCP", `${MACS}886411000001000ac0210101000800000000`, "notIp"],
    ["PPPoE, another version of PPPoE", `${MACS}886421000001001e0021${ip4("11", UDP)}`, "notIp"],
    ["PPPoE session with a code", `${MACS}886411a70001001e0021${ip4("11", UDP)}`, "notIp"],
    ["PPPoE discovery", `${MACS}886311090000000401010000`, "notIp"],
    ["PPPoE shorter than its IPv4 packet", `${MACS}886411000001001d0021${ip4("11", UDP)}`, "malformed"],
    ["PPPoE shorter than its IPv6 packet", `${MACS}886411000001003d0057${ip6("06", TCP)}`, "malformed"],
    ["PPPoE without room for a protocol", `${MACS}88641100000100010021${ip4("11", UDP)}`, "malformed"],
    ["PPPoE longer than the frame", `${MACS}886411000001001f0021${ip4("11", UDP)}`, "malformed"],
    ["version 5 in an IPv4 frame", `${MACS}080055000014000000004011000000000000`, "malformed"],
    ["header length 16", `${MACS}0800${ip4("11", UDP).replace(/^45/, "44")}`, "malformed"],
    ["total length below the header", `${MACS}0800${ip4("11", UDP).replace(/^(45b8)..../, "$10013")}`, "malformed"],
    ["IPv6 TCP", `${MACS}86dd${ip6("06", TCP)}`, seen(6, 6, [1234, 80], 60, 0x12)],
    ["ICMPv6", `${MACS}86dd${ip6("3a", "8000f7ff")}`, seen(6, 58, [0, 0x8000], 44)],
    [
      "IPv6 hop-by-hop and routing",
      `${MACS}86dd${ip6("00", `2b00000000000000110000000000000${0}${UDP}`)}`,
      seen(6, 17, [1234, 53], 64),
    ],
    [
      "IPv6 authentication header",
      `${MACS}86dd${ip6("33", `1104${"00".repeat(22)}${UDP}`)}`,
      seen(6, 17, [1234, 53], 72),
    ],
    ["IPv6 first fragment", `${MACS}86dd${ip6("2c", `1100000100000001${UDP}`)}`, seen(6, 17, [1234, 53], 56)],
    ["IPv6 later fragment", `${MACS}86dd${ip6("2c", `1100000900000001${UDP}`)}`, seen(6, 17, [0, 0], 56)],
    ["IPv6 no next header", `${MACS}86dd${ip6("3b", "")}`, seen(6, 59, [0, 0], 40)],
  ])("%s", (_name, hex, expected) => {
    expect(read(fromHex(hex), LINK_ETHERNET)).toEqual(expected);
  });

  it("reads packets without a link header, and refuses other versions there", () => {
    expect(read(fromHex(ip4("06", TCP)), LINK_RAW)).toEqual(seen(4, 6, [1234, 80], 40, 0x12));
    expect(read(fromHex(ip6("11", UDP)), LINK_RAW)).toEqual(seen(6, 17, [1234, 53], 48));
    expect(read(fromHex("00010800"), LINK_RAW)).toBe("notIp");
    expect(read(new Uint8Array(0), LINK_RAW)).toBe("truncatedNetwork");
  });

  it("takes the length on the wire where offload left the field 0, and for jumbograms", () => {
    const offloaded = fromHex(`${MACS}0800${ip4("06", TCP).replace(/^(45b8)..../, "$10000")}`);
    expect(read(offloaded, LINK_ETHERNET, 90_014)).toMatchObject({ bytes: 90_000 });
    const jumbo = fromHex(`${MACS}86dd${ip6("00", `1100c20400011170${UDP}`).replace(/^(6ab00000)..../, "$10000")}`);
    expect(read(jumbo, LINK_ETHERNET, 70_054)).toMatchObject({ bytes: 70_040, protocol: 17, ports: [1234, 53] });
  });

  it("never takes ports from the padding after a short datagram", () => {
    const empty = fromHex(`${MACS}0800${ip4("11", "")}${"ff".repeat(26)}`);
    expect(read(empty, LINK_ETHERNET)).toBe("truncatedTransport");
  });

  // Cut at every byte: a reason as long as something needed is missing, the whole answer from then on.
  it.each([
    ["TCP", `${MACS}0800${ip4("06", TCP)}`, 14 + 20 + 14],
    ["UDP", `${MACS}0800${ip4("11", UDP)}`, 14 + 20 + 4],
    ["PPPoE", `${MACS}886411000001001e0021${ip4("11", UDP)}`, 22 + 20 + 4],
    ["QinQ ICMP", `${MACS}88a80065810000660800${ip4("01", "0800f7ff00000000")}`, 22 + 20 + 2],
    ["MPLS with options", `${MACS}88470001f140${ip4("06", TCP, "01010101")}`, 18 + 24 + 14],
    ["IPv6 extension", `${MACS}86dd${ip6("00", `1100000000000000${UDP}`)}`, 14 + 40 + 8 + 4],
    ["IPv6 fragment", `${MACS}86dd${ip6("2c", `3a00000100000001${"8000f7ff"}`)}`, 14 + 40 + 8 + 2],
  ])("truncations of %s", (_name, hex, needed) => {
    const whole = fromHex(hex);
    const expected = read(whole, LINK_ETHERNET);
    for (let length = 0; length < whole.length; length++) {
      // Bytes after the cut are there in the buffer, as in a capture; they must not be looked at.
      const buffer = new Uint8Array(whole.length + 64).fill(0xff);
      buffer.set(whole);
      const result = read(buffer.subarray(0, length), LINK_ETHERNET, whole.length);
      if (length < needed) expect([length, result]).toEqual([length, expect.stringMatching(/^truncated/)]);
      else expect([length, result]).toEqual([length, expected]);
    }
  });

  it("says the same on the inner path as on the general one, and never throws", () => {
    const rng = seededRng(7);
    const seeds = [
      `${MACS}0800${ip4("06", TCP)}`,
      `${MACS}0800${ip4("11", UDP + "00".repeat(20))}`,
      `${MACS}810000650800${ip4("06", TCP)}`,
      `${MACS}86dd${ip6("00", `1100000000000000${UDP}`)}`,
      `${MACS}88470001f140${ip6("2c", `1100000100000001${UDP}`)}`,
      `${MACS}8100006588641100000100160021${ip4("06", "", "", "2001")}`,
    ].map(fromHex);
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 6 }),
        fc.nat(100),
        (seed, edits, cut) => {
          const packet = seed.slice(0, Math.max(0, seed.length - (cut > 60 ? 0 : cut)));
          for (const [at, value] of edits) if (at < packet.length) packet[at] = value;
          const out = new ParsedPackets(1);
          const view = new DataView(packet.buffer);
          parsePacket(packet, view, 0, packet.length, packet.length, true, 0, out);
          expect(read(packet, LINK_ETHERNET)).toEqual(row(out, 0));
          expect([4, 6, -1, -2, -3, -4, -5]).toContain(out.kind[0]);
        },
      ),
      { seed: rng.u32() | 0, numRuns: 3000 },
    );
  });
});
