import type { FixedLayout } from "./layout.ts";

/** Most records of a NetFlow v5 datagram. */
export const V5_MAX_RECORDS = 30;

/**
 * Writes the header of a NetFlow v1, v5 or v7 datagram at `at`; fields that the version lacks are left out.
 * @param flowSequence records sent before this datagram, modulo 2^32
 * @param engineId 0 to 255
 * @param sampling mode in the upper two bits (1 deterministic, 2 random), interval in the others; 0 for every packet
 */
export function writeFixedHeader(
  view: DataView,
  at: number,
  { version, sequence, engine, headerLength }: FixedLayout,
  count: number,
  sysUptimeMs: number,
  unixSeconds: number,
  residualNanoseconds: number,
  flowSequence = 0,
  engineId = 0,
  sampling = 0,
): void {
  view.setUint16(at, version);
  view.setUint16(at + 2, count);
  view.setUint32(at + 4, sysUptimeMs);
  view.setUint32(at + 8, unixSeconds);
  view.setUint32(at + 12, residualNanoseconds);
  if (sequence) view.setUint32(at + 16, flowSequence);
  if (headerLength === 24) view.setUint32(at + 20, engine ? engineId * 0x10000 + sampling : 0);
}
