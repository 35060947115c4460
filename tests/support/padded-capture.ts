import { etherType, fileOf, type Frame, framesOf } from "./pcap-frames.ts";

const ETHERNET_HEADER = 14;
const IPV6_HEADER = 40;
/** The shortest frame that Ethernet carries, without its checksum. */
const SHORTEST_FRAME = 60;
/** An option of six bytes of padding (RFC 8200, 4.2), which fills an extension header to eight. */
const PADDING_OPTION = [1, 4, 0, 0, 0, 0];

const mapped = (file: Uint8Array, change: (bytes: Uint8Array) => Uint8Array): Uint8Array =>
  fileOf(
    file,
    framesOf(file).map(({ header, bytes }): Frame => ({ header, bytes: change(bytes) })),
  );

/** The capture as a receiver sees it: frames that are shorter than Ethernet's shortest are padded. */
export function padCapture(file: Uint8Array): Uint8Array {
  return mapped(file, (bytes) => {
    const frame = new Uint8Array(Math.max(bytes.length, SHORTEST_FRAME));
    frame.set(bytes);
    return frame;
  });
}

/** The capture with a hop-by-hop options header (RFC 8200, 4.3) in every IPv6 packet. */
export function withHopByHop(file: Uint8Array): Uint8Array {
  return mapped(file, (bytes) => {
    if (etherType(bytes) !== 0x86dd) return bytes;
    const upper = ETHERNET_HEADER + IPV6_HEADER;
    const frame = Buffer.concat([
      bytes.subarray(0, upper),
      Uint8Array.from([bytes[ETHERNET_HEADER + 6]!, 0, ...PADDING_OPTION]),
      bytes.subarray(upper),
    ]);
    frame[ETHERNET_HEADER + 6] = 0;
    frame.writeUInt16BE(frame.readUInt16BE(ETHERNET_HEADER + 4) + 8, ETHERNET_HEADER + 4);
    return frame;
  });
}
