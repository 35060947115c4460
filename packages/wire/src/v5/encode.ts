/** Encoding of NetFlow version 5 (big-endian): 24-byte header, up to 30 records of 48 bytes, IPv4 only. */

export const V5_HEADER_BYTES = 24;
export const V5_RECORD_BYTES = 48;
export const V5_MAX_RECORDS = 30;

/**
 * Writes the header at `at`.
 * @param flowSequence records sent before this datagram, modulo 2^32
 * @param engineId 0 to 255
 * @param sampling mode in the upper two bits (1 deterministic, 2 random), interval in the others; 0 for every packet
 */
export function writeV5Header(
  view: DataView,
  at: number,
  count: number,
  sysUptimeMs: number,
  unixSeconds: number,
  residualNanoseconds: number,
  flowSequence: number,
  engineId: number,
  sampling = 0,
): void {
  view.setUint16(at, 5);
  view.setUint16(at + 2, count);
  view.setUint32(at + 4, sysUptimeMs);
  view.setUint32(at + 8, unixSeconds);
  view.setUint32(at + 12, residualNanoseconds);
  view.setUint32(at + 16, flowSequence);
  view.setUint8(at + 20, 0);
  view.setUint8(at + 21, engineId);
  view.setUint16(at + 22, sampling);
}
