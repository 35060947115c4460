/** The polynomial of CRC32c, its bits in reverse order. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC32c of the bytes from `at` to `end`, as SCTP has it in its header, least significant byte first (RFC 9260). */
export function crc32c(bytes: Uint8Array, at: number, end: number): number {
  let crc = 0xffff_ffff;
  for (let i = at; i < end; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
