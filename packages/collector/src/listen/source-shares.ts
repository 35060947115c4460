import { parseIp } from "@ngflow/base";
import { KNOWN_AT, type RingMemory, SHARES } from "./ring-memory.ts";

/** Hash of an address (four words) to a share; the seed keeps senders from choosing the share of another. */
export function shareOf(words: Uint32Array, at: number, seed: number): number {
  let h = seed;
  for (let k = 0; k < 4; k++) {
    h = Math.imul(h ^ words[at + k]!, 0x85eb_ca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
    h ^= h >>> 16;
  }
  return (h >>> 0) % SHARES;
}

/**
 * The sources that have a share of the ring of their own, as the decoder names them. All other sources have one share
 * together. Written by the thread that decodes, read by the receive thread.
 */
export class KnownSources {
  readonly #known: Uint8Array;
  readonly #seed: number;
  #addresses: ReadonlySet<string> = new Set();

  constructor({ buffer }: RingMemory, seed: number) {
    this.#known = new Uint8Array(buffer, KNOWN_AT, SHARES);
    this.#seed = seed;
  }

  /** Replaces the known sources by these addresses, given as text. */
  replace(addresses: ReadonlySet<string>): void {
    for (const address of this.#addresses) if (!addresses.has(address)) this.#mark(address, 0);
    // All again: a source that is gone may have had the hash of one that stays.
    for (const address of addresses) this.#mark(address, 1);
    this.#addresses = addresses;
  }

  #mark(address: string, known: number): void {
    const bytes = parseIp(address);
    if (bytes === undefined) return;
    this.#known[shareOf(new Uint32Array(bytes.slice().buffer), 0, this.#seed)] = known;
  }
}
