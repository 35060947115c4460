import type { PacketBatch } from "@ngflow/base";

/** Flows that a fair queue distinguishes. */
export const FLOWS = 256;

/** Which of `FLOWS` queues a packet belongs to: by addresses and protocol; 0 for what is not IP at `headerOffset`. */
export function flowOf(batch: PacketBatch, i: number, headerOffset: number): number {
  const { buffer } = batch;
  const at = batch.offsets[i]! + headerOffset;
  const length = batch.lengths[i]! - headerOffset;
  const version = length > 0 ? buffer[at]! >> 4 : 0;
  let [first, end, hash] = [0, 0, 0];
  if (version === 4 && length >= 20) {
    [first, end] = [12, 20];
    hash = buffer[at + 9]!;
  } else if (version === 6 && length >= 40) {
    [first, end] = [8, 40];
    hash = buffer[at + 6]!;
  } else return 0;
  for (let k = first; k < end; k++) hash = (Math.imul(hash, 31) + buffer[at + k]!) | 0;
  return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (FLOWS - 1);
}
