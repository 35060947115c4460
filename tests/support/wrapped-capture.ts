import { etherType, fileOf, type Frame, framesOf, writeIpv4Checksum } from "./pcap-frames.ts";

const ETHERNET_HEADER = 14;
const VXLAN_PORT = 4789;

/** An IPv4 header from 192.0.2.1 to 192.0.2.2, in front of `length` bytes. */
function outerIpv4(proto: number, length: number): Uint8Array {
  const header = Uint8Array.from([0x45, 0, 0, 0, 0, 1, 0, 0, 64, proto, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
  new DataView(header.buffer).setUint16(2, 20 + length);
  writeIpv4Checksum(header);
  return header;
}

function gre(bytes: Uint8Array): Uint8Array {
  const inner = bytes.subarray(ETHERNET_HEADER);
  const header = [0, 0, bytes[12]!, bytes[13]!];
  const link = [...bytes.subarray(0, 12), 8, 0];
  return Buffer.concat([Uint8Array.from(link), outerIpv4(47, 4 + inner.length), Uint8Array.from(header), inner]);
}

function vxlan(bytes: Uint8Array): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setUint16(0, 49_152);
  view.setUint16(2, VXLAN_PORT);
  view.setUint16(4, 16 + bytes.length);
  view.setUint8(8, 8);
  view.setUint32(12, 0xabcd00);
  const link = Uint8Array.from([...bytes.subarray(0, 12), 8, 0]);
  return Buffer.concat([link, outerIpv4(17, header.length + bytes.length), header, bytes]);
}

function ipInIp(bytes: Uint8Array): Uint8Array {
  const inner = bytes.subarray(ETHERNET_HEADER);
  const link = Uint8Array.from([...bytes.subarray(0, 12), 8, 0]);
  return Buffer.concat([link, outerIpv4(etherType(bytes) === 0x0800 ? 4 : 41, inner.length), inner]);
}

/** Under three labels, the last of them with the bottom-of-stack bit. */
function mpls(bytes: Uint8Array): Uint8Array {
  const labels = [0, 1, 0, 64, 0, 2, 0, 64, 0, 3, 1, 64];
  const link = [...bytes.subarray(0, 12), 0x88, 0x47];
  return Buffer.concat([Uint8Array.from(link), Uint8Array.from(labels), bytes.subarray(ETHERNET_HEADER)]);
}

const WRAPPINGS = [gre, vxlan, ipInIp, mpls, (bytes: Uint8Array) => bytes];

/**
 * The capture of `makeCapture` with its packets in GRE, VXLAN, IP in IP, MPLS and as they were, one after the other.
 */
export function wrapCapture(file: Uint8Array): Uint8Array {
  const wrapped = framesOf(file).map((frame, i): Frame => {
    const type = etherType(frame.bytes);
    if (type !== 0x0800 && type !== 0x86dd) return frame;
    return { header: frame.header, bytes: WRAPPINGS[i % WRAPPINGS.length]!(frame.bytes) };
  });
  return fileOf(file, wrapped);
}
