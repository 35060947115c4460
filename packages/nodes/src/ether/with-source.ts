import { PacketBatch } from "@ngflow/base";

/** Copies of the frames with their source address replaced, for interfaces without `transmitFrom`. */
export function withSource(batch: PacketBatch, mac: Uint8Array): PacketBatch {
  let size = 0;
  for (let i = 0; i < batch.count; i++) size += batch.lengths[i]!;
  const copy = new PacketBatch(batch.count, new Uint8Array(size));
  let at = 0;
  for (let i = 0; i < batch.count; i++) {
    copy.buffer.set(batch.packet(i), at);
    copy.buffer.set(mac, at + 6);
    copy.pushFrom(batch, i);
    copy.offsets[i] = at;
    at += batch.lengths[i]!;
  }
  return copy;
}
