import { RECEIVER_BYTES } from "@ngflow/os/udp";

/**
 * Shared memory of the receive thread and the thread that decodes: words to signal with, counters, the shares of the
 * sources, the receiver's own memory, and the ring. Positions in the ring count units of 8 bytes modulo 2^32; the size
 * is a power of two. The writer alone changes `TAIL`, the reader alone `HEAD`.
 *
 * A record in the ring, in 32-bit words:
 *
 * | word | is                                                                     |
 * | ---- | ---------------------------------------------------------------------- |
 * | 0    | units of the record; 0: the next record is at the start of the ring    |
 * | 1    | bytes of the payload                                                   |
 * | 2    | source port                                                            |
 * | 3    | number of the source's share                                           |
 * | 4, 5 | a double: time of arrival, Unix milliseconds                           |
 * | 6-9  | source address, 16 bytes, IPv4 as ::ffff:a.b.c.d                       |
 * | 10-  | payload                                                                |
 */
export interface RingMemory {
  readonly buffer: SharedArrayBuffer;
  /** Units of the ring, a power of two. */
  readonly units: number;
}

export const UNIT_BYTES = 8;
export const UNIT_WORDS = 2;
export const HEADER_UNITS = 5;
export const PORT_WORD = 2;
export const SHARE_WORD = 3;
/** The time is a double: its index counts units. */
export const TIME_UNIT = 2;
export const ADDRESS_WORD = 6;

/** Words to signal with, by index in an Int32Array over the memory. */
export const SIGNAL = {
  tail: 0,
  head: 1,
  /** 1 while the reader waits for a record. */
  readerWaits: 2,
  /** 1 while the writer waits for room. */
  writerWaits: 3,
  /** 1 asks the thread to take what has arrived and to end. */
  stop: 4,
  /** Grows while the thread lives. */
  beat: 5,
  /** Requests to report that the sockets were empty, and the last request that was answered. */
  settleAsked: 6,
  settled: 7,
  /** Position of the start of the ring. The writer moves it while the ring is empty, so it holds for all records. */
  base: 8,
} as const;

/** Counters of the thread, by index in a Float64Array at `COUNTERS_AT`. */
export const COUNTER = {
  datagrams: 0,
  bytes: 1,
  dropsShare: 2,
  receiveErrors: 3,
  /** Most bytes in use. */
  highWaterBytes: 4,
  /** Longest time in which the thread did not read its sockets though it could have had to. */
  longestStallMs: 5,
} as const;

export const COUNTERS_AT = 64;
const COUNTERS_BYTES = 64;

/** Numbers of shares: one for each hash of a known source, one for all other sources, and the sum of all. */
export const SHARES = 65_536;
export const STRANGERS = SHARES + 1;
export const ALL = SHARES + 2;
export const SHARE_WORDS = SHARES + 4;

/** Units that were put into and taken from the ring, per share (Uint32Array), and a byte per hash: 1 if it is known. */
export const PUSHED_AT = COUNTERS_AT + COUNTERS_BYTES;
export const POPPED_AT = PUSHED_AT + 4 * SHARE_WORDS;
export const KNOWN_AT = POPPED_AT + 4 * SHARE_WORDS;
export const RECEIVER_AT = KNOWN_AT + SHARES;
export const RING_AT = RECEIVER_AT + RECEIVER_BYTES;

/** The longest datagram fits with its header and with the gap that may be before the start of the ring. */
const LEAST_BYTES = 1 << 18;

/** Memory for a ring of `bytes`, rounded down to a power of two, at least 256 KiB. Pages are real when first used. */
export function createRingMemory(bytes: number): RingMemory {
  const ringBytes = 2 ** Math.floor(Math.log2(Math.max(bytes, LEAST_BYTES)));
  return { buffer: new SharedArrayBuffer(RING_AT + ringBytes), units: ringBytes / UNIT_BYTES };
}
