import { u16le, u32le } from "@ngflow/base";

/** Bytes of struct nlmsghdr, which every message begins with (netlink(7)): length, type, flags, sequence, port. */
export const MESSAGE_HEADER = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_DUMP = 0x300;
/** What is listed changed meanwhile. */
const NLM_F_DUMP_INTR = 0x10;
/** Upper bits of an attribute's type are flags. */
const ATTRIBUTE_TYPE = 0x3fff;

/** Messages and attributes begin at multiples of four bytes. */
export function aligned(size: number): number {
  return (size + 3) & ~3;
}

/** What a datagram from the kernel said in addition to the objects that were asked for. */
export interface Reply {
  /** The answer is complete, or the kernel refused the request. */
  readonly done: boolean;
  /** The objects changed while they were listed: the answer may be incomplete. */
  readonly interrupted: boolean;
}

/**
 * Visits the messages of one type in the first `length` bytes of a buffer: the offset after the message's header, and
 * that after its end. Messages with less than `bytes` after their header are left out. Every length comes from the
 * kernel and is checked: one that does not fit ends the visit, and nothing beyond the buffer is read.
 */
export function eachMessage(
  b: Uint8Array,
  length: number,
  wanted: { readonly type: number; readonly bytes: number },
  visit: (start: number, end: number) => void,
): Reply {
  const end = Math.min(length, b.length);
  let done = false;
  let interrupted = false;
  for (let at = 0; end - at >= MESSAGE_HEADER;) {
    const size = u32le(b, at);
    if (size < MESSAGE_HEADER || size > end - at) break;
    const type = u16le(b, at + 4);
    if (type === NLMSG_DONE || type === NLMSG_ERROR) done = true;
    if ((u16le(b, at + 6) & NLM_F_DUMP_INTR) !== 0) interrupted = true;
    if (type === wanted.type && size >= MESSAGE_HEADER + wanted.bytes) visit(at + MESSAGE_HEADER, at + size);
    at += aligned(size);
  }
  return { done, interrupted };
}

/**
 * Visits the attributes between two offsets: type, offset and size of each value. Every length comes from the kernel
 * and is checked: one that does not fit ends the visit.
 */
export function eachAttribute(
  b: Uint8Array,
  from: number,
  end: number,
  visit: (attribute: number, at: number, size: number) => void,
): void {
  for (let at = from; end - at >= 4;) {
    const size = u16le(b, at);
    if (size < 4 || size > end - at) return;
    visit(u16le(b, at + 2) & ATTRIBUTE_TYPE, at + 4, size - 4);
    at += aligned(size);
  }
}
