import { etherType, fileOf, type Frame, framesOf } from "./pcap-frames.ts";

const ETHERNET_HEADER = 14;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

function swap(bytes: Uint8Array, at: number, length: number): void {
  const first = bytes.slice(at, at + length);
  bytes.copyWithin(at, at + length, at + 2 * length);
  bytes.set(first, at + length);
}

/** The frame of the other side: MACs, addresses and ports in each other's place; an echo reply to an echo request. */
function replyTo(frame: Uint8Array): Uint8Array | undefined {
  const type = etherType(frame);
  if (type !== 0x0800 && type !== 0x86dd) return undefined;
  const isV4 = type === 0x0800;
  const reply = Uint8Array.from(frame);
  swap(reply, 0, 6);
  swap(reply, ETHERNET_HEADER + (isV4 ? 12 : 8), isV4 ? 4 : 16);
  const proto = reply[ETHERNET_HEADER + (isV4 ? 9 : 6)]!;
  const upper = ETHERNET_HEADER + (isV4 ? IPV4_HEADER : IPV6_HEADER);
  if (proto === 6 || proto === 17) swap(reply, upper, 2);
  else reply[upper] = isV4 ? 0 : 129;
  return reply;
}

/**
 * The capture of `makeCapture` with every second packet answered, at the same time and by a packet of the same length,
 * one conversation in four not at all: what the directions of a conversation carried is never the same.
 */
export function withReplies(file: Uint8Array): Uint8Array {
  const answered = framesOf(file).flatMap((frame, i): Frame[] => {
    const { header, bytes } = frame;
    const isSilent = (bytes[ETHERNET_HEADER + (etherType(bytes) === 0x0800 ? 15 : 23)]! & 3) === 0;
    const reply = i % 2 === 0 && !isSilent ? replyTo(bytes) : undefined;
    return reply === undefined ? [frame] : [frame, { header, bytes: reply }];
  });
  return fileOf(file, answered);
}
