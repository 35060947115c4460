import type { PacketBatch } from "@ngflow/base";
import { JUMP_US } from "@ngflow/nodes/engine";

/**
 * The latest time of packets, in microseconds: captures are not quite in order. A packet so far before it that packets
 * have to agree on the time is the latest instead, as one with a wrong stamp may have been.
 * @param lastUs of the packets before the batch
 */
export function latestUs({ timesUs, count }: PacketBatch, lastUs: number): number {
  for (let i = 0; i < count; i++) {
    const timeUs = timesUs[i]!;
    if (timeUs > lastUs || lastUs - timeUs > JUMP_US) lastUs = timeUs;
  }
  return lastUs;
}
