// Frames of a classic pcap file, little-endian, and files of frames.

export interface Frame {
  /** Record header: time, captured and original length. */
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

export function framesOf(file: Uint8Array): Frame[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const frames: Frame[] = [];
  for (let at = FILE_HEADER; at < file.length;) {
    const end = at + RECORD_HEADER + view.getUint32(at + 8, true);
    frames.push({ header: file.slice(at, at + RECORD_HEADER), bytes: file.slice(at + RECORD_HEADER, end) });
    at = end;
  }
  return frames;
}

/** A file like `like` with other frames, all of them whole. */
export function fileOf(like: Uint8Array, frames: readonly Frame[]): Uint8Array {
  const records = frames.map(({ header, bytes }) => {
    const record = new Uint8Array(RECORD_HEADER + bytes.length);
    record.set(header);
    const view = new DataView(record.buffer);
    view.setUint32(8, bytes.length, true);
    view.setUint32(12, bytes.length, true);
    record.set(bytes, RECORD_HEADER);
    return record;
  });
  return Buffer.concat([like.subarray(0, FILE_HEADER), ...records]);
}

export function etherType(bytes: Uint8Array): number {
  return (bytes[12]! << 8) | bytes[13]!;
}

/** Writes the checksum of the IPv4 header of 20 bytes at the start of `header`. */
export function writeIpv4Checksum(header: Uint8Array): void {
  header.fill(0, 10, 12);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (header[i]! << 8) | header[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  header[10] = (~sum >>> 8) & 255;
  header[11] = ~sum & 255;
}

/** The capture with `factor` times as long between its packets. */
export function stretched(file: Uint8Array, factor: number): Uint8Array {
  const frames = framesOf(file);
  const timeUs = ({ header }: Frame): number => {
    const view = new DataView(header.buffer, header.byteOffset);
    return view.getUint32(0, true) * 1e6 + view.getUint32(4, true);
  };
  const first = timeUs(frames[0]!);
  return fileOf(
    file,
    frames.map((frame) => {
      const header = Uint8Array.from(frame.header);
      const at = first + (timeUs(frame) - first) * factor;
      const view = new DataView(header.buffer);
      view.setUint32(0, Math.floor(at / 1e6), true);
      view.setUint32(4, at % 1e6, true);
      return { header, bytes: frame.bytes };
    }),
  );
}
