import { AddressTexts } from "./address-texts.ts";
import {
  ADDRESS_WORD,
  ALL,
  COUNTERS_AT,
  HEADER_UNITS,
  POPPED_AT,
  PORT_WORD,
  RING_AT,
  type RingMemory,
  SHARE_WORD,
  SHARE_WORDS,
  SIGNAL,
  TIME_UNIT,
  UNIT_BYTES,
  UNIT_WORDS,
} from "./ring-memory.ts";

/**
 * Receives the datagram in `bytes[start, end)`, which is valid until the call returns.
 * @param address of the source, as text; IPv4 is dotted
 * @param arrivedMs when it arrived, Unix milliseconds
 */
export type DatagramSink = (
  bytes: Uint8Array,
  start: number,
  end: number,
  address: string,
  port: number,
  arrivedMs: number,
) => void;

/** Takes datagrams from the ring; used by the thread that decodes alone. */
export class RingReader {
  private readonly signals: Int32Array;
  private readonly popped: Uint32Array;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly doubles: Float64Array;
  private readonly units: number;
  private readonly ringUnit = RING_AT / UNIT_BYTES;
  private readonly texts = new AddressTexts();
  private readonly sink: DatagramSink;
  private head = 0;

  constructor({ buffer, units }: RingMemory, sink: DatagramSink) {
    this.signals = new Int32Array(buffer, 0, COUNTERS_AT / 4);
    this.popped = new Uint32Array(buffer, POPPED_AT, SHARE_WORDS);
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.units = units;
    this.sink = sink;
  }

  /** Bytes in use now. */
  get usedBytes(): number {
    return ((Atomics.load(this.signals, SIGNAL.tail) - this.head) >>> 0) * UNIT_BYTES;
  }

  /** Passes datagrams to the sink, at most `limit`, then frees their room. Returns how many there were. */
  read(limit: number): number {
    const { signals, words, popped, units, ringUnit } = this;
    const tail = Atomics.load(signals, SIGNAL.tail);
    const base = Atomics.load(signals, SIGNAL.base);
    let { head } = this;
    let count = 0;
    while (count < limit && head !== tail) {
      const offset = (head - base) & (units - 1);
      const unit = ringUnit + offset;
      const word = unit * UNIT_WORDS;
      const size = words[word]!;
      if (size === 0) {
        head = (head + units - offset) | 0;
        continue;
      }
      const start = (unit + HEADER_UNITS) * UNIT_BYTES;
      const address = this.texts.of(words, word + ADDRESS_WORD);
      this.sink(
        this.bytes,
        start,
        start + words[word + 1]!,
        address,
        words[word + PORT_WORD]!,
        this.doubles[unit + TIME_UNIT]!,
      );
      popped[words[word + SHARE_WORD]!]! += size;
      popped[ALL]! += size;
      head = (head + size) | 0;
      count++;
    }
    this.head = head;
    Atomics.store(signals, SIGNAL.head, head);
    if (Atomics.exchange(signals, SIGNAL.writerWaits, 0) === 1) Atomics.notify(signals, SIGNAL.writerWaits);
    return count;
  }
}
