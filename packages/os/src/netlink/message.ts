import { u16le } from "@ngflow/base";

/** Bytes of struct nlmsghdr, which every message begins with (netlink(7)): length, type, flags, sequence, port. */
export const MESSAGE_HEADER = 16;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_DUMP = 0x300;
/** What is listed changed meanwhile. */
export const NLM_F_DUMP_INTR = 0x10;
/** Upper bits of an attribute's type are flags. */
const ATTRIBUTE_TYPE = 0x3fff;

/** Messages and attributes begin at multiples of four bytes. */
export function aligned(size: number): number {
  return (size + 3) & ~3;
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
