/** Encoding of NetFlow version 9 (RFC 3954): the message header; template sets are in `template-set.ts`. */

/**
 * Writes the header at `at` (RFC 3954, section 5.1).
 * @param count records in the message, template records included
 * @param sequence messages sent before this one, modulo 2^32
 */
export function writeV9Header(
  view: DataView,
  at: number,
  count: number,
  sysUptimeMs: number,
  unixSeconds: number,
  sequence: number,
  sourceId: number,
): void {
  view.setUint16(at, 9);
  view.setUint16(at + 2, count);
  view.setUint32(at + 4, sysUptimeMs);
  view.setUint32(at + 8, unixSeconds);
  view.setUint32(at + 12, sequence);
  view.setUint32(at + 16, sourceId);
}
