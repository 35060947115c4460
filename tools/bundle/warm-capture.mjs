/** Packets of the capture, each of a flow of its own. */
const PACKETS = 2000;
const FRAME = 80;

/** What the frames of a capture are in turn: functions that only one kind needs are compiled, too. */
const KINDS = ["udp", "tcp", "icmp", "vlan", "ipv6", "fragment", "udp", "tcp"];

/** Writes an IPv4 packet with a header of its kind at `ip`. */
function writeIpv4(bytes, ip, length, kind, n) {
  const protocol = kind === "tcp" ? 6 : kind === "icmp" ? 1 : 17;
  bytes.writeUInt8(0x45, ip);
  bytes.writeUInt16BE(length, ip + 2);
  if (kind === "fragment") {
    bytes.writeUInt16BE(n >> 4, ip + 4);
    bytes.writeUInt16BE((n & 8) === 0 ? 0x2000 : 0x0008, ip + 6);
  }
  bytes.writeUInt8(64, ip + 8);
  bytes.writeUInt8(protocol, ip + 9);
  bytes.set([192, 0, 2, 1, 198, 51, 100, 1], ip + 12);
  return ip + 20;
}

/** Writes an IPv6 packet at `ip`. */
function writeIpv6(bytes, ip, length) {
  bytes.writeUInt8(0x60, ip);
  bytes.writeUInt16BE(length - 40, ip + 4);
  bytes.writeUInt8(17, ip + 6);
  bytes.writeUInt8(64, ip + 7);
  bytes.set([0x20, 1, 0x0d, 0xb8], ip + 8);
  bytes.set([0x20, 1, 0x0d, 0xb8], ip + 24);
  return ip + 40;
}

/**
 * A pcap file (microseconds, little-endian, Ethernet) with UDP, TCP and ICMP over IPv4 and IPv6, VLAN tags and
 * fragments; documentation addresses.
 */
export function warmCapture() {
  const bytes = Buffer.alloc(24 + PACKETS * (16 + FRAME));
  bytes.writeUInt32LE(0xa1b2c3d4, 0);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt16LE(4, 6);
  bytes.writeUInt32LE(65535, 16);
  bytes.writeUInt32LE(1, 20);
  for (let n = 0; n < PACKETS; n++) {
    const record = 24 + n * (16 + FRAME);
    const kind = KINDS[n % KINDS.length];
    bytes.writeUInt32LE(1_700_000_000 + (n >> 5), record);
    bytes.writeUInt32LE(FRAME, record + 8);
    bytes.writeUInt32LE(FRAME, record + 12);
    const frame = record + 16;
    let type = frame + 12;
    if (kind === "vlan") {
      bytes.writeUInt32BE(0x8100_000a, type);
      type += 4;
    }
    bytes.writeUInt16BE(kind === "ipv6" ? 0x86dd : 0x0800, type);
    const ip = type + 2;
    const length = frame + FRAME - ip;
    const upper = kind === "ipv6" ? writeIpv6(bytes, ip, length) : writeIpv4(bytes, ip, length, kind, n);
    bytes.writeUInt16BE(1024 + n, upper);
    bytes.writeUInt16BE(53, upper + 2);
    // Some connections end, others time out.
    if (kind === "tcp") bytes.writeUInt8((n & 4) === 0 ? 0x11 : 0x18, upper + 13);
    else bytes.writeUInt16BE(frame + FRAME - upper, upper + 4);
  }
  return bytes;
}
