import { fromHex, PacketBatch, toHex } from "@ngflow/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FrameSlots } from "./frame-slots.ts";
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

  it("put a tag kept outside the frame back into it", () => {
    const batch = PacketBatch.of(fromHex(FRAME));
    batch.vlanTags[0] = 0x16007;
    expect(slots.copyFrom(batch, 0, 0)).toBe(OFFLOAD_HEADER_BYTES + 18);
    const at = slots.frameAt(0);
    expect(toHex(slots.bytes.slice(at, at + 18))).toBe(`${FRAME.slice(0, 24)}81006007${FRAME.slice(24)}`);
  });
});
