import { type DatagramReceiver } from "@ngflow/os/udp";
import {
  ADDRESS_WORD,
  ALL,
  COUNTER,
  COUNTERS_AT,
  HEADER_UNITS,
  KNOWN_AT,
  POPPED_AT,
  PORT_WORD,
  PUSHED_AT,
  RING_AT,
  type RingMemory,
  SHARE_WORD,
  SHARE_WORDS,
  SHARES,
  SIGNAL,
  STRANGERS,
  TIME_UNIT,
  UNIT_BYTES,
  UNIT_WORDS,
} from "./ring-memory.ts";
import { shareOf } from "./source-shares.ts";

/**
 * While several sources have datagrams in the ring, each may use so many times what is free: a known source up to 8/9
 * of the ring, the unknown ones together up to 4/5 of it. What is free is for the others.
 */
const KNOWN_TIMES = 8;
const STRANGERS_TIMES = 4;
/** An empty ring is used from its start again, so that a reader that keeps up finds its records in the cache. */
const RESTART_UNITS = (1 << 18) / UNIT_BYTES;

/** Puts datagrams into the ring; used by the receive thread alone. */
export class RingWriter {
  private readonly signals: Int32Array;
  private readonly counters: Float64Array;
  private readonly pushed: Uint32Array;
  private readonly popped: Uint32Array;
  private readonly known: Uint8Array;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly doubles: Float64Array;
  private readonly units: number;
  private readonly seed: number;
  private readonly ringUnit = RING_AT / UNIT_BYTES;
  private readonly address = new Uint32Array(4);
  private tail = 0;
  private base = 0;

  constructor({ buffer, units }: RingMemory, seed: number) {
    this.signals = new Int32Array(buffer, 0, COUNTERS_AT / 4);
    this.counters = new Float64Array(buffer, COUNTERS_AT, Object.keys(COUNTER).length);
    this.pushed = new Uint32Array(buffer, PUSHED_AT, SHARE_WORDS);
    this.popped = new Uint32Array(buffer, POPPED_AT, SHARE_WORDS);
    this.known = new Uint8Array(buffer, KNOWN_AT, SHARES);
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.units = units;
    this.seed = seed;
  }

  /**
   * Copies datagram `i` of the receiver's last call into the ring, or drops and counts it because its source uses more
   * than its share. False when there is no room: the caller waits and tries again.
   */
  push(from: DatagramReceiver, i: number, nowMs: number): boolean {
    const { address, units, ringUnit, pushed, popped, words, counters } = this;
    const length = from.length(i);
    const needed = HEADER_UNITS + ((length + UNIT_BYTES - 1) >>> 3);
    const used = (this.tail - Atomics.load(this.signals, SIGNAL.head)) >>> 0;
    if (used === 0 && ((this.tail - this.base) & (units - 1)) > RESTART_UNITS) this.restart();
    const offset = (this.tail - this.base) & (units - 1);
    const gap = units - offset < needed ? units - offset : 0;
    const free = units - used;

    from.copyAddress(i, address, 0);
    const hash = shareOf(address, 0, this.seed);
    const isKnown = this.known[hash] === 1;
    const share = isKnown ? hash : STRANGERS;
    const held = (pushed[share]! - popped[share]!) >>> 0;
    if (held > free * (isKnown ? KNOWN_TIMES : STRANGERS_TIMES) && (pushed[ALL]! - popped[ALL]!) >>> 0 > held) {
      counters[COUNTER.datagrams]!++;
      counters[COUNTER.bytes]! += length;
      counters[COUNTER.dropsShare]!++;
      return true;
    }
    if (free < needed + gap) return false;
    if (gap > 0) this.skipToStart();

    const unit = ringUnit + ((this.tail - this.base) & (units - 1));
    const word = unit * UNIT_WORDS;
    words[word] = needed;
    words[word + 1] = length;
    words[word + PORT_WORD] = from.port(i);
    words[word + SHARE_WORD] = share;
    this.doubles[unit + TIME_UNIT] = from.arrivedMs(i) || nowMs;
    for (let k = 0; k < 4; k++) words[word + ADDRESS_WORD + k] = address[k]!;
    // Whole units: memory that threads share is copied fastest in words.
    const start = from.start(i);
    const end = start + (needed - HEADER_UNITS) * UNIT_BYTES;
    this.bytes.copyWithin((unit + HEADER_UNITS) * UNIT_BYTES, start, end);
    pushed[share]! += needed;
    pushed[ALL]! += needed;
    this.tail = (this.tail + needed) | 0;
    const bytesUsed = (used + gap + needed) * UNIT_BYTES;
    if (bytesUsed > counters[COUNTER.highWaterBytes]!) counters[COUNTER.highWaterBytes] = bytesUsed;
    counters[COUNTER.datagrams]!++;
    counters[COUNTER.bytes]! += length;
    return true;
  }

  /** The empty ring begins where the next record is. */
  private restart(): void {
    this.base = this.tail;
    Atomics.store(this.signals, SIGNAL.base, this.base);
  }

  /** The next record is written at the start of the ring. */
  private skipToStart(): void {
    const offset = (this.tail - this.base) & (this.units - 1);
    this.words[(this.ringUnit + offset) * UNIT_WORDS] = 0;
    this.tail = (this.tail + this.units - offset) | 0;
  }

  /** Gives the reader what was pushed, and wakes it if it waits. */
  publish(): void {
    Atomics.store(this.signals, SIGNAL.tail, this.tail);
    if (Atomics.exchange(this.signals, SIGNAL.readerWaits, 0) === 1) Atomics.notify(this.signals, SIGNAL.readerWaits);
  }
}
