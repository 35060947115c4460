import type { Operand } from "./counting.ts";

/** What a step does with its field. */
export type StepCode =
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "ip4"
  | "ip6"
  | "mac"
  | "mpls"
  | "upTime"
  | "upTimes"
  | "seconds"
  | "ntp"
  | "delta"
  | "duration"
  | "dscp"
  | "icmp"
  | "otherCounters"
  | "samplingSpace"
  | "sampler"
  | "interfaceRate"
  | "lineCardRate";

/** One field of a template into one column. `offset` and `length` are rewritten per record when the template varies. */
export interface Step {
  readonly code: StepCode;
  /** Index of the field in the template. */
  readonly field: number;
  /** Bytes from the start of the record (fixed templates) or of the datagram (the current record). */
  offset: number;
  length: number;
  /** Writes only rows where the column is still zero. */
  readonly fallback: boolean;
  /** The column, or the word view of an address column. */
  readonly out: Uint8Array | Uint16Array | Uint32Array;
  /** A second field: the end of `upTimes`, the packets of `otherCounters`, the interval of `samplingSpace`. */
  readonly second: Operand | undefined;
  /** The exporter's start, for uptimes of a record that has it. */
  readonly boot: Operand | undefined;
  /** Units of a duration per millisecond. */
  readonly perMs: number;
}
