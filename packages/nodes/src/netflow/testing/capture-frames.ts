import { readFileSync } from "node:fs";
import { PacketBatch } from "@ngflow/base";
import { CaptureReader } from "@ngflow/wire/capture";

/**
 * The packets of a capture file, up to its damage if it has one, with their data link type, 1 Ethernet or 12 raw IP.
 */
export function readFrames(file: string): { bytes: Uint8Array; dataLinkType: number }[] {
  const content = readFileSync(file);
  const reader = new CaptureReader(file);
  const batch = new PacketBatch(64);
  const frames: { bytes: Uint8Array; dataLinkType: number }[] = [];
  for (let at = 0; at < content.length && reader.error === null;) {
    const n = Math.min(content.length - at, reader.room);
    reader.buffer.set(content.subarray(at, at + n), reader.writeAt);
    reader.filled(n);
    at += n;
    while (reader.next(batch) > 0) {
      for (let i = 0; i < batch.count; i++) {
        frames.push({ bytes: batch.packet(i).slice(), dataLinkType: reader.dataLinkType });
      }
    }
  }
  return frames;
}
