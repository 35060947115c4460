import type { PacketBatch } from "@ngflow/base";
import type { ParsedPackets } from "@ngflow/wire/packet";

const SETS = 1024;
const WAYS = 4;
/** Words of an entry's key: addresses (those of IPv4 are the first two), identification, protocol and family, VLANs. */
const KEY_WORDS = 11;
const ID = 8;
const KIND = 9;
const VLANS = 10;
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
  /** Hashes of the keys: few entries are compared word by word. */
  readonly #hashes = new Int32Array(SETS * WAYS);
  readonly #ports = new Int32Array(SETS * WAYS);
  readonly #timesUs = new Float64Array(SETS * WAYS).fill(Number.NEGATIVE_INFINITY);

  /** Remembers first fragments among parsed packets and gives their ports to later ones. */
  resolve(parsed: ParsedPackets, batch: PacketBatch, from: number): void {
    const { fragmentRows, fragmentIds, fragmentLater } = parsed;
    const timesUs = this.#timesUs;
    for (let i = 0; i < parsed.fragmentCount; i++) {
      const k = fragmentRows[i]!;
      if (parsed.kind[k]! < 0) continue;
      const id = fragmentIds[i]!;
      const h = hashOf(parsed, k, id);
      const set = ((h ^ (h >>> 16)) & (SETS - 1)) * WAYS;
      const timeUs = batch.timesUs[from + k]!;
      let entry = set;
      let oldest = set;
      for (; entry < set + WAYS; entry++) {
        if (timesUs[entry]! < timesUs[oldest]!) oldest = entry;
        if (this.#hashes[entry] !== h || Math.abs(timeUs - timesUs[entry]!) > LIFETIME_US) continue;
        if (this.#isKey(entry, parsed, k, id)) break;
      }
      const known = entry < set + WAYS;
      if (fragmentLater[i] === 0) {
        if (!known) {
          entry = oldest;
          this.#hashes[entry] = h;
          this.#setKey(entry, parsed, k, id);
        }
        this.#ports[entry] = parsed.ports[k]!;
        timesUs[entry] = timeUs;
      } else if (known) {
        this.found++;
        parsed.ports[k] = this.#ports[entry]!;
      } else this.missed++;
    }
  }

  /** Forgets every first fragment: their times mean nothing any more. */
  clear(): void {
    this.#timesUs.fill(Number.NEGATIVE_INFINITY);
  }

  #isKey(entry: number, { addresses, kind, meta, vlans }: ParsedPackets, k: number, id: number): boolean {
    const keys = this.#keys;
    const at = entry * KEY_WORDS;
    if (keys[at + ID] !== id || keys[at + KIND] !== kindWord(meta[k]!, kind[k]!) || keys[at + VLANS] !== vlans[k]) {
      return false;
    }
    const words = kind[k] === 4 ? 2 : 8;
    for (let w = 0; w < words; w++) if (keys[at + w] !== addresses[8 * k + w]) return false;
    return true;
  }

  #setKey(entry: number, { addresses, kind, meta, vlans }: ParsedPackets, k: number, id: number): void {
    const keys = this.#keys;
    const at = entry * KEY_WORDS;
    const words = kind[k] === 4 ? 2 : 8;
    for (let w = 0; w < words; w++) keys[at + w] = addresses[8 * k + w]!;
    keys[at + ID] = id;
    keys[at + KIND] = kindWord(meta[k]!, kind[k]!);
    keys[at + VLANS] = vlans[k]!;
  }
}

/** Protocol and family. */
function kindWord(meta: number, kind: number): number {
  return (meta & 0xff) | (kind << 8);
}

function hashOf({ addresses, kind, meta, vlans }: ParsedPackets, k: number, id: number): number {
  const words = kind[k] === 4 ? 2 : 8;
  let h = Math.imul(id ^ 0x2545f491, -1640531535);
  for (let w = 0; w < words; w++) h = Math.imul((h ^ (h >>> 15)) + addresses[8 * k + w]!, -2048144777);
  h = (h ^ (h >>> 13)) + kindWord(meta[k]!, kind[k]!) + Math.imul(vlans[k]!, -1640531535);
  return Math.imul(h, -1028477379);
}
