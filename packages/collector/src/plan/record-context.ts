import { SAMPLING } from "@ngflow/flows";

/** Facts of the message and session that decoding a record needs; one object, rewritten for every datagram. */
export interface RecordContext {
  /** Unix milliseconds, an integer. */
  receivedMs: number;
  /** Export time of the header in Unix milliseconds, an integer. */
  exportMs: number;
  /** Exporter uptime of the header in milliseconds, modulo 2^32; used only while `bootMs` is 0. */
  sysUpTimeMs: number;
  /**
   * Unix milliseconds of the exporter's start if it sends that (systemInitTimeMilliseconds), else 0. With 0, uptimes
   * are counted back from `sysUpTimeMs` at `exportMs`.
   */
  bootMs: number;
  version: number;
  domain: number;
  /** Address of the exporter as four little-endian words. */
  readonly exporterWords: Uint32Array;
  /** Rate for rows without one, at least 1, and its source, a value of SAMPLING. */
  samplingRate: number;
  samplingSource: number;
  /** Rates by sampler id, for rows that name their sampler. */
  samplers: ReadonlyMap<number, number>;
}

const NO_SAMPLERS: ReadonlyMap<number, number> = new Map();

export function newRecordContext(): RecordContext {
  return {
    receivedMs: 0,
    exportMs: 0,
    sysUpTimeMs: 0,
    bootMs: 0,
    version: 0,
    domain: 0,
    exporterWords: new Uint32Array(4),
    samplingRate: 1,
    samplingSource: SAMPLING.none,
    samplers: NO_SAMPLERS,
  };
}
