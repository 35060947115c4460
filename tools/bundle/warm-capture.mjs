/** Packets of the capture, each of a flow of its own. */
const PACKETS = 2000;
const FRAME = 60;

/** A pcap file (microseconds, little-endian, Ethernet) with UDP datagrams over IPv4, documentation addresses. */
export function warmCapture() {
  const bytes = Buffer.alloc(24 + PACKETS * (16 + FRAME));
  bytes.writeUInt32LE(0xa1b2c3d4, 0);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt16LE(4, 6);
  bytes.writeUInt32LE(65535, 16);
  bytes.writeUInt32LE(1, 20);
  for (let n = 0; n < PACKETS; n++) {
    const record = 24 + n * (16 + FRAME);
    bytes.writeUInt32LE(1_700_000_000 + (n >> 5), record);
    bytes.writeUInt32LE(FRAME, record + 8);
    bytes.writeUInt32LE(FRAME, record + 12);
    const frame = record + 16;
    bytes.writeUInt16BE(0x0800, frame + 12);
    const ip = frame + 14;
    bytes.writeUInt8(0x45, ip);
    bytes.writeUInt16BE(FRAME - 14, ip + 2);
    bytes.writeUInt8(64, ip + 8);
    bytes.writeUInt8(17, ip + 9);
    bytes.set([192, 0, 2, 1, 198, 51, 100, 1], ip + 12);
    bytes.writeUInt16BE(1024 + n, ip + 20);
    bytes.writeUInt16BE(53, ip + 22);
    bytes.writeUInt16BE(FRAME - 34, ip + 24);
  }
  return bytes;
}
