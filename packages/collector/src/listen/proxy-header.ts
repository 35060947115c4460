import { u16be } from "@ngflow/base";
import { AddressTexts } from "./address-texts.ts";

/** The signature, then version and command, family, and length of what follows. */
export const PROXY_FIXED_BYTES = 16;
/** Longest header that is taken: addresses and a few extensions. */
export const PROXY_MOST_BYTES = 4096;
const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const VERSION_COMMAND = 12;
const FAMILY = 13;
const LENGTH = 14;
const LOCAL = 0x20;
const PROXY = 0x21;
const IPV4 = 1;
const IPV6 = 2;
/** Source and destination address, source and destination port. */
const IPV4_BYTES = 12;
const IPV6_BYTES = 36;

/**
 * Reads headers of the PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt), which a proxy puts in
 * front of a datagram or a stream to say who sent it. Network byte order.
 */
export class ProxyHeader {
  /** Where the source's own bytes begin, after `read` returned true. */
  end = 0;
  /** The source; empty when the proxy itself sends (LOCAL), or does not say. */
  address = "";
  port = 0;
  readonly #texts = new AddressTexts();
  readonly #words = new Uint32Array(4);
  readonly #bytes = new Uint8Array(this.#words.buffer);

  /** Bytes of the whole header that begins at `start`, of which PROXY_FIXED_BYTES are there; -1 when it is none. */
  static lengthOf(bytes: Uint8Array, start: number): number {
    for (let i = 0; i < SIGNATURE.length; i++) if (bytes[start + i] !== SIGNATURE[i]) return -1;
    const length = PROXY_FIXED_BYTES + u16be(bytes, start + LENGTH);
    return length > PROXY_MOST_BYTES ? -1 : length;
  }

  /** Reads the header in `bytes[start, end)`. False when it is none, or not whole. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.address = "";
    this.port = 0;
    const length = end - start < PROXY_FIXED_BYTES ? -1 : ProxyHeader.lengthOf(bytes, start);
    if (length < 0 || start + length > end) return false;
    this.end = start + length;
    const command = bytes[start + VERSION_COMMAND]!;
    if (command === LOCAL) return true;
    if (command !== PROXY) return false;
    const at = start + PROXY_FIXED_BYTES;
    const there = length - PROXY_FIXED_BYTES;
    const family = bytes[start + FAMILY]! >>> 4;
    if (family === IPV4) {
      if (there < IPV4_BYTES) return false;
      this.#bytes.fill(0, 0, 10);
      this.#bytes.fill(0xff, 10, 12);
      for (let i = 0; i < 4; i++) this.#bytes[12 + i] = bytes[at + i]!;
      this.port = u16be(bytes, at + 8);
    } else if (family === IPV6) {
      if (there < IPV6_BYTES) return false;
      for (let i = 0; i < 16; i++) this.#bytes[i] = bytes[at + i]!;
      this.port = u16be(bytes, at + 32);
    } else return true;
    this.address = this.#texts.of(this.#words, 0);
    return true;
  }
}
