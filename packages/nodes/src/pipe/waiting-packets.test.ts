import { fromHex, PacketBatch, toHex } from "@ngflow/base";
import { declareOffloadHeaders, hasOffloadHeaders, hasUnfinishedChecksum } from "@ngflow/os";
import { expect, it } from "vitest";
import { emptyQueue, WaitingPackets } from "./waiting-packets.ts";

const HEADER = "01013600a80522001000";

it("keeps the offload header of a frame, its copies' too, and not for the next frame in its place", () => {
  const waiting = new WaitingPackets();
  const queue = emptyQueue();
  const batch = new PacketBatch(1, fromHex(`${HEADER}010203`));
  batch.push(10, 3, 3, 0);
  declareOffloadHeaders(batch.buffer);
  const slot = waiting.push(queue, batch, 0);
  for (const each of [slot, waiting.duplicate(queue, slot)]) {
    const out = waiting.batchOf(each);
    expect([toHex(out.packet(0)), hasOffloadHeaders(out), hasUnfinishedChecksum(out, 0)]).toEqual([
      "010203",
      true,
      true,
    ]);
    expect(toHex(out.buffer.subarray(out.offsets[0]! - 10, out.offsets[0]))).toBe(HEADER);
  }
  waiting.remove(queue, slot);
  waiting.release(slot);
  expect(waiting.push(queue, PacketBatch.of(fromHex("0405")), 0)).toBe(slot);
  const next = waiting.batchOf(slot);
  expect([toHex(next.packet(0)), hasUnfinishedChecksum(next, 0)]).toEqual(["0405", false]);
});
