import { u32be } from "@ngflow/base";

/**
 * Where the datagram at `start` ends when others follow it without a frame: after its count of samples, or with the
 * bytes if no datagram begins there, since some agents send surplus bytes. Past the end when a sample is cut.
 */
export function sflowEnd(bytes: Uint8Array, start: number, begins: (at: number) => boolean): number {
  const addressBytes = bytes[start + 7] === 1 ? 4 : 16;
  let end = start + 8 + addressBytes + 16;
  if (end > bytes.length) return end;
  for (let left = u32be(bytes, end - 4); left > 0; left--) {
    if (end + 8 > bytes.length) return end + 8;
    end += 8 + u32be(bytes, end + 4);
  }
  return end < bytes.length && !begins(end) ? bytes.length : end;
}
