import { setU16be, setU32be } from "@ngflow/base";
import fc from "fast-check";

/** A packet of a random capture. */
export interface RandomPacket {
  readonly isIpv6: boolean;
  /** Two of few hosts, by number: conversations have both directions. */
  readonly hosts: readonly [number, number];
  readonly protocol: number;
  readonly port: number;
  readonly tcpFlags: number;
  readonly vlan: boolean;
  /** Number of the datagram and offset in units of 8 bytes; undefined for a whole packet. */
  readonly fragment: readonly [number, number] | undefined;
  readonly gapUs: number;
  /** Bytes cut from the end. */
  readonly cut: number;
}

/** Packets of a few hosts, in order of time but for fractions of a second; pauses end flows. */
export const randomPackets: fc.Arbitrary<readonly RandomPacket[]> = fc.array(
  fc.record({
    isIpv6: fc.boolean(),
    hosts: fc.tuple(fc.nat(5), fc.nat(5)),
    protocol: fc.constantFrom(6, 6, 17, 17, 1, 58, 132),
    port: fc.nat(2),
    tcpFlags: fc.constantFrom(0x10, 0x10, 0x02, 0x11, 0x04),
    vlan: fc.boolean(),
    fragment: fc.option(fc.tuple(fc.nat(2), fc.constantFrom(0, 0, 8)), { nil: undefined, freq: 4 }),
    gapUs: fc.oneof(
      { weight: 30, arbitrary: fc.integer({ min: -200_000, max: 300_000 }) },
      { weight: 2, arbitrary: fc.nat(20_000_000) },
      { weight: 1, arbitrary: fc.nat(200_000_000) },
    ),
    cut: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(60) }),
  }),
  { minLength: 1, maxLength: 300, size: "max" },
);

/** The Ethernet frame of a packet; ARP where the two hosts are one. */
export function frameOfRandom({
  isIpv6,
  hosts,
  protocol,
  port,
  tcpFlags,
  vlan,
  fragment,
  cut,
}: RandomPacket): Uint8Array {
  const [source, destination] = hosts;
  const link = vlan ? [0x81, 0, 0, 7] : [];
  const type = source === destination ? [8, 6] : isIpv6 ? [0x86, 0xdd] : [8, 0];
  const ip = new Uint8Array(isIpv6 ? (fragment === undefined ? 40 : 48) : 20);
  const upper = new Uint8Array(20);
  setU16be(upper, 0, protocol === 1 || protocol === 58 ? 0x0800 : 1000 + (source < destination ? port : 443));
  setU16be(upper, 2, 1000 + (source < destination ? 443 : port));
  upper[13] = tcpFlags;
  if (isIpv6) {
    setU16be(ip, 0, 0x6000);
    setU16be(ip, 4, ip.length - 40 + upper.length);
    ip[6] = fragment === undefined ? protocol : 44;
    setU32be(ip, 20, source + 1);
    setU32be(ip, 36, destination + 1);
    if (fragment !== undefined) {
      ip[40] = protocol;
      setU16be(ip, 42, (fragment[1] << 3) | 1);
      setU32be(ip, 44, fragment[0]);
    }
  } else {
    ip[0] = 0x45;
    setU16be(ip, 2, 40);
    ip[9] = protocol;
    if (fragment !== undefined) {
      setU16be(ip, 4, fragment[0]);
      setU16be(ip, 6, 0x2000 | fragment[1]);
    }
    setU32be(ip, 12, 0x0a000001 + source);
    setU32be(ip, 16, 0x0a000001 + destination);
  }
  const frame = Uint8Array.from([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, ...link, ...type, ...ip, ...upper]);
  return frame.subarray(0, frame.length - Math.min(cut, frame.length));
}

/** A pcap file of the packets: Ethernet, microseconds. */
export function captureOfRandom(packets: readonly RandomPacket[]): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0xa1b2c3d4, true);
  header.setUint32(16, 65_535, true);
  header.setUint32(20, 1, true);
  let timeUs = 1_700_000_000e6;
  const records = packets.map((packet) => {
    timeUs += packet.gapUs;
    const frame = frameOfRandom(packet);
    const record = new DataView(new ArrayBuffer(16));
    record.setUint32(0, Math.floor(timeUs / 1e6), true);
    record.setUint32(4, timeUs % 1e6, true);
    record.setUint32(8, frame.length, true);
    record.setUint32(12, frame.length + packet.cut, true);
    return [new Uint8Array(record.buffer), frame];
  });
  return Buffer.concat([new Uint8Array(header.buffer), ...records.flat()]);
}
