import { PacketBatch } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OFFLOAD_HEADER_BYTES } from "./offload-header.ts";
import { readRingBlock } from "./ring-block.ts";

const BLOCK_BYTES = 4096;
const FIRST_FRAME = 48;

interface Frame {
  readonly bytes: readonly number[];
  readonly wireLength: number;
  readonly type: number;
  readonly tci?: number;
  /** The offload header before the frame. */
  readonly offload?: readonly number[];
}

/** Block `index` of a ring of two, laid out as the kernel does. */
function ringWith(index: number, frames: readonly Frame[]): ArrayBuffer {
  const ring = new ArrayBuffer(2 * BLOCK_BYTES);
  const view = new DataView(ring);
  const block = index * BLOCK_BYTES;
  view.setUint32(block + 12, frames.length, true);
  view.setUint32(block + 16, FIRST_FRAME, true);
  let at = block + FIRST_FRAME;
  for (const [i, frame] of frames.entries()) {
    const size = (82 + frame.bytes.length + 7) & ~7;
    view.setUint32(at, i === frames.length - 1 ? 0 : size, true);
    view.setUint32(at + 4, 1_700_000_000 + i, true);
    view.setUint32(at + 8, 123_456_789, true);
    view.setUint32(at + 12, frame.bytes.length, true);
    view.setUint32(at + 16, frame.wireLength, true);
    view.setUint32(at + 20, frame.tci === undefined ? 1 : 0x11, true);
    view.setUint16(at + 24, 82, true);
    view.setUint32(at + 32, frame.tci ?? 0xdead, true);
    view.setUint8(at + 58, frame.type);
    new Uint8Array(ring).set(frame.offload ?? [], at + 82 - OFFLOAD_HEADER_BYTES);
    new Uint8Array(ring).set(frame.bytes, at + 82);
    at += size;
  }
  return ring;
}

function read(ring: ArrayBuffer, index: number, capacity = 16) {
  const bytes = new Uint8Array(ring);
  const received = new PacketBatch(capacity, bytes);
  const sent = new PacketBatch(capacity, bytes);
  const at = (index * BLOCK_BYTES) / 4;
  const count = readRingBlock(new Uint32Array(ring), new Uint16Array(ring), bytes, at, 7, received, sent, true);
  return { received, sent, count };
}

describe("a block of the packet ring", () => {
  it("splits frames by direction and keeps their facts", () => {
    const ring = ringWith(1, [
      { bytes: [1, 2, 3], wireLength: 1500, type: 0 },
      { bytes: [4, 5], wireLength: 2, type: 4, offload: [0, 1] },
      { bytes: [6], wireLength: 1, type: 2, tci: 0x2064 },
    ]);
    const { received, sent, count } = read(ring, 1);
    expect(count).toBe(3);
    expect([received.hasSegments, sent.hasSegments, sent.segments[0]]).toEqual([false, true, 1]);
    expect([received.count, sent.count]).toEqual([2, 1]);
    expect([...received.packet(0)]).toEqual([1, 2, 3]);
    expect(received.wireLengths[0]).toBe(1500);
    expect(received.timesUs[0]).toBe(1_700_000_000_123_456);
    expect([received.rcvIfIndex[0], sent.rcvIfIndex[0]]).toEqual([7, 0]);
    expect([received.vlanTags[0], received.vlanTags[1]]).toEqual([0, 0x12064]);
    expect([...sent.packet(0)]).toEqual([4, 5]);
  });

  it("is empty without frames", () => {
    expect(read(ringWith(0, []), 0).count).toBe(0);
  });

  it("reads no more than a batch holds", () => {
    const frames = Array.from({ length: 5 }, () => ({ bytes: [9], wireLength: 1, type: 0 }));
    const ring = ringWith(1, frames);
    const counts = [0, 1, 2].map(() => read(ring, 1, 3).received.count);
    expect(counts).toEqual([3, 2, 0]);
  });

  it("never points outside the ring, whatever the block says", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), fc.nat(3), (noise, block) => {
        const ring = new ArrayBuffer(1024);
        for (let i = 0; i < 4; i++) new Uint8Array(ring).set(noise, i * 256);
        const bytes = new Uint8Array(ring);
        const received = new PacketBatch(64, bytes);
        const sent = new PacketBatch(64, bytes);
        readRingBlock(new Uint32Array(ring), new Uint16Array(ring), bytes, block * 64, 1, received, sent, true);
        for (const batch of [received, sent]) {
          for (let i = 0; i < batch.count; i++) {
            expect(batch.offsets[i]! + batch.lengths[i]!).toBeLessThanOrEqual(bytes.length);
          }
        }
      }),
    );
  });
});
