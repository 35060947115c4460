import { EXTRA_ROW_BYTES, SAMPLING } from "@ngflow/flows";
import { NO_RATES, type Rates } from "../session/rates.ts";

/** Facts of the message and session that decoding a record needs; one object, rewritten for every datagram. */
export interface RecordContext {
  /** The memory that the datagram is in, from its first byte: an offset of the datagram may have to be moved. */
  view: DataView;
  /** Unix milliseconds, an integer. */
  receivedMs: number;
  /**
   * When the message was exported, Unix milliseconds, an integer: the header's time, or that of arrival if the
   * exporter's clock is wrong.
   */
  exportMs: number;
  /** The export time of the header: the same, unless the exporter's clock is wrong. */
  clockMs: number;
  /** Exporter uptime of the header in milliseconds, modulo 2^32; 0 where it has none. */
  sysUpTimeMs: number;
  /** Unix milliseconds of the exporter's start by its own clock, from its options; 0 when it is not known. */
  bootMs: number;
  /** A time further after the arrival is wrong, milliseconds; Infinity where clocks are not judged. */
  clockLimitMs: number;
  version: number;
  domain: number;
  /** Address of the exporter as four little-endian words: those of the session, not a copy. */
  exporterWords: Uint32Array;
  /** Rate for rows that name no sampler and no rate, at least 1, and its source, a value of SAMPLING. */
  samplingRate: number;
  samplingSource: number;
  /** Rate for rows that name a sampler of which nothing is known; 0 for none. */
  generalRate: number;
  /** Most bytes of Extra of a row; 0 where it is not kept. */
  extraRowBytes: number;
  /** Rates by sampler, interface and line card. */
  rates: Rates;
}

export function newRecordContext(): RecordContext {
  return {
    view: new DataView(new ArrayBuffer(0)),
    receivedMs: 0,
    exportMs: 0,
    clockMs: 0,
    sysUpTimeMs: 0,
    bootMs: 0,
    clockLimitMs: Infinity,
    version: 0,
    domain: 0,
    exporterWords: new Uint32Array(4),
    samplingRate: 1,
    samplingSource: SAMPLING.none,
    generalRate: 0,
    extraRowBytes: EXTRA_ROW_BYTES,
    rates: NO_RATES,
  };
}
