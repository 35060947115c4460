/** Encoding of IPFIX (RFC 7011): the message header; template sets are those of `v9/template-set.ts` with set id 2. */

/**
 * Writes the header at `at` (RFC 7011, section 3.1).
 * @param length of the whole message
 * @param sequence data records sent before this message, modulo 2^32
 */
export function writeIpfixHeader(
  view: DataView,
  at: number,
  length: number,
  exportSeconds: number,
  sequence: number,
  observationDomainId: number,
): void {
  view.setUint16(at, 10);
  view.setUint16(at + 2, length);
  view.setUint32(at + 4, exportSeconds);
  view.setUint32(at + 8, sequence);
  view.setUint32(at + 12, observationDomainId);
}
