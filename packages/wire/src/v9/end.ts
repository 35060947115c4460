import { u16be } from "@ngflow/base";
import { MIN_TEMPLATE_ID, SET_HEADER_LENGTH } from "../set.ts";
import { V9_HEADER_LENGTH, V9_OPTIONS_SET } from "./layout.ts";

/**
 * Where the v9 datagram at `start` ends when others follow it without a frame (Protocol.end). Its header has no length:
 * it ends where a datagram begins whose first two bytes are a reserved set id, or with the file.
 */
export function v9End(bytes: Uint8Array, start: number, begins: (at: number) => boolean): number {
  let o = start + V9_HEADER_LENGTH;
  while (bytes.length - o >= SET_HEADER_LENGTH) {
    const id = u16be(bytes, o);
    if (id > V9_OPTIONS_SET && id < MIN_TEMPLATE_ID && begins(o)) return o;
    const length = u16be(bytes, o + 2);
    if (length < SET_HEADER_LENGTH) return bytes.length;
    o += length;
  }
  return bytes.length;
}
