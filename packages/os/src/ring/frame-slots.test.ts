import { fromHex, PacketBatch, toHex } from "@ngflow/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { declareOffloadHeaders, FrameSlots, hasOffloadHeaders, hasUnfinishedChecksum } from "./frame-slots.ts";
import { hasLibc } from "../libc.ts";
import { OFFLOAD_HEADER_BYTES } from "./offload-header.ts";

const FRAME = "0200000000110200000000990800";

describe.skipIf(!hasLibc())("frame slots", () => {
  let slots: FrameSlots;
  beforeEach(() => {
    slots = new FrameSlots(4);
  });
  afterEach(() => slots.close());

  it("hold the header of a frame just before it, and find it by the frame's place", () => {
    slots.push(2, OFFLOAD_HEADER_BYTES + 60, 7);
    const { batch } = slots;
    expect([batch.lengths[0], batch.wireLengths[0], batch.timesUs[0]]).toEqual([60, 60, 7]);
    expect(batch.offsets[0]).toBe(slots.frameAt(2));
    expect(slots.headerOf(batch.offsets[0]!)).toBe(slots.addressOf(2));
    expect(slots.headerOf(batch.offsets[0]! + 4)).toBe(0);
  });

  it("are found under copies of their batch, not under others", () => {
    const copy = new PacketBatch(4);
    copy.copyFrom(slots.batch);
    expect(FrameSlots.under(copy)).toBe(slots);
    expect(FrameSlots.under(PacketBatch.of(fromHex(FRAME)))).toBeUndefined();
  });

  it("take a frame from elsewhere as complete, over whatever header was there", () => {
    const at = slots.frameAt(1);
    slots.bytes.fill(0xff, at - OFFLOAD_HEADER_BYTES, at);
    const buffer = fromHex(`ffff${FRAME}ffff`);
    const batch = new PacketBatch(1, buffer);
    batch.push(2, 14, 14, 0);
    expect(slots.copyFrom(batch, 0, 1)).toBe(OFFLOAD_HEADER_BYTES + 14);
    expect(toHex(slots.bytes.slice(at - OFFLOAD_HEADER_BYTES, at + 15))).toBe(`${"00".repeat(10)}${FRAME}00`);
  });

  it("take a copy of a slot's frame with its header, whose places move with a tag", () => {
    // Checksum from byte 34 on, headers of 54 bytes, segments of 1448.
    const header = "01013600a80522001000";
    const moved = "01013a00a80526001000";
    slots.bytes.set(fromHex(header), slots.frameAt(3) - OFFLOAD_HEADER_BYTES);
    slots.push(3, OFFLOAD_HEADER_BYTES + 60, 7);
    const copy = new PacketBatch(2, fromHex(`00${header}${FRAME}`));
    copy.push(11, 14, 14, 0);
    expect([hasOffloadHeaders(slots.batch), hasOffloadHeaders(copy)]).toEqual([true, false]);
    expect([hasUnfinishedChecksum(slots.batch, 0), hasUnfinishedChecksum(copy, 0)]).toEqual([true, false]);
    declareOffloadHeaders(copy.buffer);
    expect([hasOffloadHeaders(copy), hasUnfinishedChecksum(copy, 0)]).toEqual([true, true]);
    const at = slots.frameAt(0) - OFFLOAD_HEADER_BYTES;
    slots.copyFrom(copy, 0, 0);
    expect(toHex(slots.bytes.slice(at, at + 24))).toBe(header + FRAME);
    copy.vlanTags[0] = 0x10007;
    slots.copyFrom(copy, 0, 0);
    expect(toHex(slots.bytes.slice(at, at + 10))).toBe(moved);
    slots.batch.vlanTags[0] = 0x10007;
    slots.copyFrom(slots.batch, 0, 0);
    expect(toHex(slots.bytes.slice(at, at + 10))).toBe(moved);
  });

  it("put a tag kept outside the frame back into it", () => {
    const batch = PacketBatch.of(fromHex(FRAME));
    batch.vlanTags[0] = 0x16007;
    expect(slots.copyFrom(batch, 0, 0)).toBe(OFFLOAD_HEADER_BYTES + 18);
    const at = slots.frameAt(0);
    expect(toHex(slots.bytes.slice(at, at + 18))).toBe(`${FRAME.slice(0, 24)}81006007${FRAME.slice(24)}`);
  });
});
