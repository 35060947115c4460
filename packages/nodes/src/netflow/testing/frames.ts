import { PacketBatch, setU16be, setU32be } from "@ngflow/base";

/** A packet for tests, before it is bytes. */
export interface TestPacket {
  readonly version: 4 | 6;
  /** Number of the flow: addresses and ports come from it. */
  readonly flow: number;
  readonly protocol: number;
  readonly tcpFlags: number;
  readonly tos: number;
  /** IP total length. */
  readonly bytes: number;
  readonly timeUs: number;
  /** Where it is not to come from the flow's number. */
  readonly sourcePort?: number;
  /** Low 24 bits of the destination address, 1 if absent. */
  readonly destination?: number;
}

/** An Ethernet frame, cut after the transport header. */
export function frameOf(packet: TestPacket): Uint8Array {
  const header = packet.version === 4 ? 20 : 40;
  const frame = new Uint8Array(14 + header + 20);
  const l4 = 14 + header;
  setU16be(frame, 12, packet.version === 4 ? 0x0800 : 0x86dd);
  if (packet.version === 4) {
    frame[14] = 0x45;
    frame[15] = packet.tos;
    setU16be(frame, 16, packet.bytes);
    frame[23] = packet.protocol;
    setU32be(frame, 26, 0x0a000000 | packet.flow);
    setU32be(frame, 30, packet.destination === undefined ? 0xc0a80001 : 0xc0000000 | packet.destination);
  } else {
    setU16be(frame, 14, 0x6000 | (packet.tos << 4));
    setU16be(frame, 18, packet.bytes - 40);
    frame[20] = packet.protocol;
    setU32be(frame, 22, 0x20010db8);
    setU32be(frame, 34, packet.flow);
    setU32be(frame, 38, 0x20010db8);
    setU32be(frame, 50, packet.destination ?? 1);
  }
  setU16be(
    frame,
    l4,
    packet.protocol === 1 || packet.protocol === 58 ? 0x0800 : (packet.sourcePort ?? 1000 + packet.flow),
  );
  setU16be(frame, l4 + 2, 443);
  frame[l4 + 13] = packet.protocol === 6 ? packet.tcpFlags : 0;
  return frame;
}

/** A batch of frames at their times; `wire` lengths are those of the whole frames. */
export function batchOf(packets: readonly TestPacket[]): PacketBatch {
  const frames = packets.map(frameOf);
  const buffer = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  const batch = new PacketBatch(packets.length, buffer);
  let at = 0;
  for (const [i, frame] of frames.entries()) {
    buffer.set(frame, at);
    batch.push(at, frame.length, 14 + packets[i]!.bytes, packets[i]!.timeUs);
    at += frame.length;
  }
  return batch;
}
