import { u16be } from "@ngflow/base";
import { IPFIX_HEADER_LENGTH } from "./layout.ts";

/** Where the IPFIX message at `start` ends (Protocol.end): its header has its length. */
export function ipfixEnd(bytes: Uint8Array, start: number): number {
  return start + Math.max(u16be(bytes, start + 2), IPFIX_HEADER_LENGTH);
}
