import type { PacketBatch } from "@ngflow/base";
import type { ParsedPackets } from "@ngflow/wire/packet";

const SETS = 1024;
const WAYS = 4;
const KEY_WORDS = 11;
/** A datagram is reassembled within this time, or dropped (Linux: net.ipv4.ipfrag_time). */
const LIFETIME_US = 30e6;

/**
 * Ports of fragmented datagrams, from their first fragment to the others. Bounded: a set of entries by hash, the oldest
 * gives way. A fragment that comes before the first one of its datagram has no ports.
 */
export class FragmentTable {
  /** Later fragments whose ports were found, and those whose were not. */
  found = 0;
  missed = 0;
  readonly #keys = new Int32Array(SETS * WAYS * KEY_WORDS);
  readonly #ports = new Int32Array(SETS * WAYS);
  readonly #timesUs = new Float64Array(SETS * WAYS).fill(Number.NEGATIVE_INFINITY);
  readonly #key = new Int32Array(KEY_WORDS);

  /** Remembers first fragments among parsed packets and gives their ports to later ones. */
  resolve(parsed: ParsedPackets, batch: PacketBatch, from: number): void {
    const { fragmentRows, fragmentIds, fragmentLater } = parsed;
    for (let i = 0; i < parsed.fragmentCount; i++) {
      const k = fragmentRows[i]!;
      if (parsed.kind[k]! < 0) continue;
      const set = this.#setOf(parsed, k, fragmentIds[i]!);
      const timeUs = batch.timesUs[from + k]!;
      if (fragmentLater[i] === 0) {
        this.#remember(set, parsed.ports[k]!, timeUs);
        continue;
      }
      const entry = this.#lookup(set, timeUs);
      if (entry < 0) this.missed++;
      else {
        this.found++;
        parsed.ports[k] = this.#ports[entry]!;
      }
    }
  }

  /** Forgets every first fragment: their times mean nothing any more. */
  clear(): void {
    this.#timesUs.fill(Number.NEGATIVE_INFINITY);
  }

  /** Puts the key together. Returns the first entry of its set. */
  #setOf(parsed: ParsedPackets, k: number, id: number): number {
    const key = this.#key;
    const words = parsed.kind[k] === 4 ? 2 : 8;
    let h = Math.imul(id ^ 0x2545f491, -1640531535);
    for (let w = 0; w < 8; w++) {
      const word = w < words ? parsed.addresses[8 * k + w]! : 0;
      key[w] = word;
      h = Math.imul((h ^ (h >>> 15)) + word, -2048144777);
    }
    key[8] = id;
    key[9] = (parsed.meta[k]! & 0xff) | (parsed.kind[k]! << 8);
    key[10] = parsed.vlans[k]!;
    h = Math.imul((h ^ (h >>> 13)) + key[9] + Math.imul(key[10], -1640531535), -1028477379);
    return ((h ^ (h >>> 16)) & (SETS - 1)) * WAYS;
  }

  #lookup(set: number, timeUs: number): number {
    const keys = this.#keys;
    const key = this.#key;
    ways: for (let entry = set; entry < set + WAYS; entry++) {
      if (Math.abs(timeUs - this.#timesUs[entry]!) > LIFETIME_US) continue;
      for (let w = 0; w < KEY_WORDS; w++) if (keys[entry * KEY_WORDS + w] !== key[w]) continue ways;
      return entry;
    }
    return -1;
  }

  #remember(set: number, ports: number, timeUs: number): void {
    let entry = this.#lookup(set, timeUs);
    if (entry < 0) {
      entry = set;
      for (let e = set + 1; e < set + WAYS; e++) if (this.#timesUs[e]! < this.#timesUs[entry]!) entry = e;
    }
    this.#keys.set(this.#key, entry * KEY_WORDS);
    this.#ports[entry] = ports;
    this.#timesUs[entry] = timeUs;
  }
}
