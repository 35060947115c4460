import type { Protocol } from "../protocol.ts";
import { protocolOf, PROTOCOLS } from "../protocols.ts";

/**
 * The end of the datagram that starts at `start` in a file where datagrams follow one another without any framing. A
 * datagram that claims more bytes than there are ends with the file.
 */
export function datagramEnd(bytes: Uint8Array, start: number, protocols: readonly Protocol[] = PROTOCOLS): number {
  const { length } = bytes;
  if (length - start < 4) return length;
  const begins = (at: number): boolean => protocolOf(bytes, at, length, protocols) !== undefined;
  return Math.min(length, protocolOf(bytes, start, length, protocols)?.end?.(bytes, start, begins) ?? length);
}
