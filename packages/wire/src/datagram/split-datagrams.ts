import { u16be } from "@ngflow/base";
import { IPFIX_HEADER_LENGTH } from "../ipfix/layout.ts";
import { SET_HEADER_LENGTH } from "../set.ts";
import { V1_HEADER_LENGTH, V1_RECORD, V1_SHORT_RECORD } from "../v1/layout.ts";
import { V5_HEADER_LENGTH, V5_RECORD } from "../v5/layout.ts";
import { V7_HEADER_LENGTH, V7_RECORD } from "../v7/layout.ts";
import { V9_HEADER_LENGTH } from "../v9/layout.ts";

/** First two bytes that begin a datagram of sets or of fixed records; none of them is the id of a set. */
const HEADS = new Set([5, 7, 9, 10]);

/**
 * The end of the datagram that starts at `start` in a file where datagrams follow one another without any frame. v1, v5
 * and v7 end by their count, IPFIX by its length. v9 has neither: it ends where a set would have a reserved id that is a
 * version number, or with the file. A datagram that claims more than there is ends with the file.
 */
export function datagramEnd(bytes: Uint8Array, start: number): number {
  const left = bytes.length - start;
  if (left < 4) return bytes.length;
  const count = u16be(bytes, start + 2);
  let length = left;
  switch (u16be(bytes, start)) {
    case 1:
      length = V1_HEADER_LENGTH + count * V1_RECORD.minLength;
      if (!fits(bytes, start, length)) length = V1_HEADER_LENGTH + count * V1_SHORT_RECORD.minLength;
      break;
    case 5:
      length = V5_HEADER_LENGTH + count * V5_RECORD.minLength;
      break;
    case 7:
      length = V7_HEADER_LENGTH + count * V7_RECORD.minLength;
      break;
    case 9:
      return endOfSets(bytes, start + V9_HEADER_LENGTH);
    case 10:
      length = Math.max(count, IPFIX_HEADER_LENGTH);
      break;
  }
  return Math.min(bytes.length, start + length);
}

/** Whether a v1 datagram of this length ends with the file or before the next v1 header. */
function fits(bytes: Uint8Array, start: number, length: number): boolean {
  const end = start + length;
  return end === bytes.length || (end + 2 <= bytes.length && u16be(bytes, end) === 1);
}

function endOfSets(bytes: Uint8Array, start: number): number {
  let o = start;
  while (bytes.length - o >= SET_HEADER_LENGTH) {
    if (HEADS.has(u16be(bytes, o))) return o;
    const length = u16be(bytes, o + 2);
    if (length < SET_HEADER_LENGTH) return bytes.length;
    o += length;
  }
  return bytes.length;
}
