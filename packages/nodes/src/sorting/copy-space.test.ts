import { fromHex, PacketBatch, toHex } from "@ngflow/base";
import { declareOffloadHeaders, hasOffloadHeaders, hasUnfinishedChecksum, OFFLOAD_HEADER_BYTES } from "@ngflow/os";
import { expect, it } from "vitest";
import { CopySpace } from "./copy-space.ts";

const HEADER = "01013600a80522001000";
const FRAME = "0102030405060708";

it("keeps the offload headers of frames, and moves what they refer to", () => {
  const batch = new PacketBatch(2, fromHex(HEADER + FRAME + "00".repeat(OFFLOAD_HEADER_BYTES) + FRAME));
  batch.push(10, 8, 8, 0);
  batch.push(28, 8, 8, 0);
  declareOffloadHeaders(batch.buffer);
  const space = new CopySpace();
  space.begin(batch, 4);
  const copies = new PacketBatch(4, space.buffer);
  for (const [i, cut, gap] of [
    [0, 0, 0],
    [1, 0, 4],
  ] as const) {
    copies.push(space.copy(batch, i, 2, cut, gap), 8 + gap - cut, 8 + gap - cut, 0);
  }
  expect(hasOffloadHeaders(copies)).toBe(true);
  expect([hasUnfinishedChecksum(copies, 0), hasUnfinishedChecksum(copies, 1)]).toEqual([true, false]);
  const withHeader = (i: number): string => toHex(space.buffer.slice(copies.offsets[i]! - 10, copies.offsets[i]));
  expect([withHeader(0), toHex(copies.packet(0))]).toEqual([HEADER, FRAME]);
  expect([withHeader(1), toHex(copies.packet(1)).replace(/^0102.{8}/, "0102")]).toEqual(["00".repeat(10), FRAME]);
  space.begin(batch, 4);
  const at = space.copy(batch, 0, 2, 0, 4);
  expect(toHex(space.buffer.slice(at - 10, at))).toBe("01013a00a80526001000");
});

it("keeps copies without headers apart from those with", () => {
  const space = new CopySpace();
  const headed = new PacketBatch(1, fromHex(HEADER + FRAME));
  headed.push(10, 8, 8, 0);
  declareOffloadHeaders(headed.buffer);
  space.begin(headed, 0);
  space.copy(headed, 0, 0, 0, 0);
  const plain = PacketBatch.of(fromHex(FRAME));
  space.begin(plain, 0);
  const copies = new PacketBatch(1, space.buffer);
  copies.push(space.copy(plain, 0, 0, 0, 0), 8, 8, 0);
  expect([hasOffloadHeaders(copies), toHex(copies.packet(0))]).toEqual([false, FRAME]);
});
