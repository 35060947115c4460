/**
 * The part of a batch of packets that the parsers and the capture readers use; `PacketBatch` has it. The arrays have
 * `capacity` elements; the first `count` are in use.
 */
export interface PacketColumns {
  buffer: Uint8Array;
  count: number;
  readonly capacity: number;
  /** First byte of each packet in `buffer`. */
  readonly offsets: Uint32Array;
  /** Bytes present in `buffer`. */
  readonly lengths: Uint32Array;
  /** Bytes on the wire, at least `lengths`. */
  readonly wireLengths: Uint32Array;
  /** Unix time in microseconds. */
  readonly timesUs: Float64Array;
}
