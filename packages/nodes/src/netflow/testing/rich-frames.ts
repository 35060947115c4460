import fc from "fast-check";
import { ether, ip4, ip6, tcp, udp } from "./metering.ts";

const IPV4 = "0800";
const IPV6 = "86dd";
const INNER = "020000000004020000000003";
const A = "0a000001";
const B = "0a000002";

/** Frames of everything that the meter reads, both directions of some conversations, and of what it does not. */
export const RICH_FRAMES: readonly Uint8Array[] = [
  ether(IPV4, ip4(6, tcp(1234, 80, 0x02), A, B)),
  ether(IPV4, ip4(6, tcp(80, 1234, 0x12), B, A)),
  ether(IPV4, ip4(6, tcp(1234, 80, 0x11), A, B)),
  ether(IPV4, ip4(6, tcp(80, 1234, 0x11), B, A)),
  ether(IPV4, ip4(6, tcp(80, 1234, 0x04), B, A)),
  ether(IPV4, ip4(17, udp(4000, 53))),
  ether(IPV4, ip4(17, udp(53, 4000), "c0a80102", "c0a80101")),
  ether(IPV4, ip4(1, "0800f7ff00000000")),
  ether(IPV4, ip4(132, `0b590b5a${"00".repeat(8)}`)),
  ether(IPV4, ip4(17, udp(4000, 53), A, B, 0x2000)),
  ether(IPV4, ip4(17, "00".repeat(24), A, B, 2)),
  ether("8100006408004500", "002800010000400600000a0000010a000002000104d200000000000000005010000000000000"),
  ether("88a8006481000065" + IPV6, ip6(17, udp(4000, 53))),
  ether("8100a00a0800", ip4(17, udp(4000, 53))),
  ether("8100200008004500", "002800010000400600000a0000010a000002000104d200000000000000005010000000000000"),
  ether("88a8000a8100e014" + IPV4, ip4(6, tcp(1234, 80, 0x10), A, B)),
  ether("9100000a9200001e8100001e" + IPV6, ip6(58, "8000f7ff00000000")),
  ether("884700010040000201400000", "0000"),
  ether("88470001004000020140", ip4(17, udp(7, 8))),
  ether(IPV6, ip6(6, tcp(1234, 443, 0x18))),
  ether(IPV6, ip6(6, tcp(443, 1234, 0x11), true)),
  ether(IPV6, ip6(58, "8000f7ff00000000")),
  ether(IPV6, ip6(0, `1100000000000000${udp(5, 6)}`)),
  ether(IPV6, ip6(44, `1100000100000007${udp(5, 6)}`)),
  ether(IPV6, ip6(44, `1100001000000007${"00".repeat(16)}`)),
  ether(IPV6, ip6(51, `1104${"00".repeat(22)}${udp(5, 6)}`)),
  ether(IPV4, ip4(47, `00000800${ip4(6, tcp(1, 2, 2), A, B)}`)),
  ether(IPV4, ip4(47, `a0006558${"00".repeat(4)}00123400${INNER}${IPV6}${ip6(17, udp(9, 9))}`)),
  ether(IPV4, ip4(17, udp(50000, 4789, `0800000000abcd00${INNER}${IPV4}${ip4(17, udp(1, 2))}`))),
  ether(IPV4, ip4(4, ip4(4, ip4(4, ip4(4, ip4(4, ip4(17, udp(1, 2)))))))),
  ether(IPV4, ip4(41, ip6(17, udp(9, 8)))),
  ether(IPV6, ip6(4, ip4(17, udp(9, 8)))),
  ether("886411000007003a0057", ip6(17, udp(53, 4000), true)),
  ether("8100600a886411000007001e0021", ip4(1, "0800f7ff00000000")),
  ether("886411000007000ac021", "0101000800000000"),
  ether("0806", "0001080006040001"),
  ether("0026", "424203000000"),
  new Uint8Array(0),
];

/** A frame of those, as it is, or with bytes changed, or cut. */
export const frameArbitrary: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom(...RICH_FRAMES),
    fc.oneof(
      { weight: 5, arbitrary: fc.constant([] as [number, number][]) },
      { weight: 2, arbitrary: fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { minLength: 1, maxLength: 4 }) },
    ),
    fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(100) }),
  )
  .map(([seed, edits, cut]) => {
    const frame = seed.slice(0, Math.max(0, seed.length - cut));
    for (const [at, value] of edits) if (at < frame.length) frame[at] = value;
    return frame;
  });
