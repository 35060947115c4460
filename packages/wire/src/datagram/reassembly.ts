/** One fragment of an IP packet (RFC 791 section 2.3, RFC 8200 section 4.5); offsets are in the capture buffer. */
export interface Fragment {
  /** What the fragments of one packet share: addresses, protocol and identification, as text. */
  readonly key: string;
  /** Place of its payload in the payload of the whole packet, in bytes. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
  /** Whether this is the last fragment. */
  readonly last: boolean;
}

/** A packet whose fragments are still coming. */
interface Partial {
  readonly bytes: Uint8Array;
  /** Ranges [from, to) that have come, without overlaps. */
  readonly ranges: [from: number, to: number][];
  /** Length of the whole payload; -1 until the last fragment has come. */
  length: number;
}

/** Largest payload of an IP packet. */
const MAX_PAYLOAD = 65_535;
/** Most packets that wait for fragments; at the bound the oldest gives way. */
const MAX_PARTIAL = 64;
/** Most fragments of one packet: a payload of the largest size in pieces of 64 bytes. */
const MAX_FRAGMENTS = 1024;

/**
 * Puts the fragments of IP packets together, in any order. At most 64 packets wait, in 4 MiB. A packet whose fragments
 * overlap with different ranges is dropped whole, because nobody can say which bytes are right (RFC 5722); a fragment
 * that comes twice is dropped alone.
 */
export class Reassembly {
  /** Packets put together. */
  completed = 0;
  /** Packets dropped because their fragments contradict each other, are too many or reach beyond 65,535 bytes. */
  refused = 0;
  /** Packets that gave way to newer ones before all their fragments had come. */
  displaced = 0;
  readonly #partial = new Map<string, Partial>();

  /** Packets of which a fragment is missing. */
  get waiting(): number {
    return this.#partial.size;
  }

  /** Adds a fragment. The payload of the whole packet when it was the last one missing, else undefined. */
  add(buffer: Uint8Array, fragment: Fragment): Uint8Array | undefined {
    const partial = this.#partial.get(fragment.key) ?? this.#begin(fragment.key);
    const size = fragment.end - fragment.start;
    const to = fragment.at + size;
    const ranges = partial.ranges;
    if (ranges.some(([from, upTo]) => from === fragment.at && upTo === to)) return undefined;
    const overlaps = ranges.some(([from, upTo]) => from < to && fragment.at < upTo);
    const beyond = to > MAX_PAYLOAD || (partial.length >= 0 && (to > partial.length || fragment.last));
    const behind = fragment.last && ranges.some(([, upTo]) => upTo > to);
    if (overlaps || beyond || behind || ranges.length >= MAX_FRAGMENTS) {
      this.#partial.delete(fragment.key);
      this.refused++;
      return undefined;
    }
    partial.bytes.set(buffer.subarray(fragment.start, fragment.end), fragment.at);
    ranges.push([fragment.at, to]);
    if (fragment.last) partial.length = to;
    if (partial.length < 0 || covered(ranges) !== partial.length) return undefined;
    this.#partial.delete(fragment.key);
    this.completed++;
    return partial.bytes.subarray(0, partial.length);
  }

  #begin(key: string): Partial {
    if (this.#partial.size >= MAX_PARTIAL) {
      const [oldest] = this.#partial.keys();
      this.#partial.delete(oldest!);
      this.displaced++;
    }
    const partial: Partial = { bytes: new Uint8Array(MAX_PAYLOAD), ranges: [], length: -1 };
    this.#partial.set(key, partial);
    return partial;
  }
}

/** Bytes that ranges without overlaps cover. */
function covered(ranges: Partial["ranges"]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}
