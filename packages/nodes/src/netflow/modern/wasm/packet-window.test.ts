import { LINK_ETHERNET } from "@ngflow/base";
import { addressPairHash } from "@ngflow/wire/packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameArbitrary } from "../../testing/rich-frames.ts";
import { ModernEngine } from "../engine.ts";
import type { PacketWindow } from "./packet-window.ts";

const WINDOW_BYTES = 1 << 19;
const SECONDS = 1_700_000_000;

function createWindow(): PacketWindow {
  const context = { nowMs: () => 0, monotonicMs: () => 0 };
  return new ModernEngine(context, { maxFlows: 16_384, observationDomainId: 0 }).packetWindow(WINDOW_BYTES)!;
}

interface Written {
  readonly at: number;
  readonly length: number;
  readonly wireLength: number;
  readonly timeUs: number;
}

/** Writes records of a pcap file, from `at` on. Returns what each has, and where they end. */
function write(buffer: Uint8Array, frames: readonly Uint8Array[], gapsUs: readonly number[], start: number) {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  let at = start;
  let timeUs = SECONDS * 1e6;
  const records: Written[] = [];
  for (const [i, frame] of frames.entries()) {
    timeUs += gapsUs[i % gapsUs.length]!;
    // A length on the wire that is less than what was captured is that of a damaged file.
    const wire = Math.max(0, frame.length + (i % 3) - 1);
    view.setUint32(at, Math.floor(timeUs / 1e6), true);
    view.setUint32(at + 4, timeUs % 1e6, true);
    view.setUint32(at + 8, frame.length, true);
    view.setUint32(at + 12, wire, true);
    buffer.set(frame, at + 16);
    records.push({ at: at + 16, length: frame.length, wireLength: Math.max(wire, frame.length), timeUs });
    at += 16 + frame.length;
  }
  return { records, end: at };
}

function scan({ records, batch }: PacketWindow, at: number, end: number, looked: boolean): number {
  return records.scan(batch, at, end, looked);
}

/** The packets of the window's batch. */
function taken({ batch }: PacketWindow): Written[] {
  return Array.from({ length: batch.count }, (_, i) => ({
    at: batch.offsets[i]!,
    length: batch.lengths[i]!,
    wireLength: batch.wireLengths[i]!,
    timeUs: batch.timesUs[i]!,
  }));
}

describe("PacketWindow", () => {
  it("takes every packet, or those whose addresses are of the share, link headers of all kinds before them", () => {
    const window = createWindow();
    const { buffer } = window;
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    fc.assert(
      fc.property(fc.array(frameArbitrary, { minLength: 1, maxLength: 60 }), fc.nat(40), (frames, start) => {
        const { records, end } = write(buffer, frames, [-3, 5, 1_500_000], start);
        for (const count of [1, 2, 3, 7]) {
          for (let index = 0; index < count; index++) {
            window.records.setShare(index, count);
            window.records.lastUs = Number.NEGATIVE_INFINITY;
            window.records.begin();
            expect(scan(window, start, end, false)).toBe(end);
            const own = records.filter(
              ({ at, length }) =>
                count === 1 || (addressPairHash(buffer, view, at, length, LINK_ETHERNET) * count) >>> 16 === index,
            );
            expect(taken(window)).toEqual(own);
            expect(window.records.lastUs).toBe(Math.max(...records.map(({ timeUs }) => timeUs)));
            expect(window.records.stopped).toBe(false);
          }
        }
      }),
    );
  });

  it("looks at 1024 records at once", () => {
    const window = createWindow();
    const frames = Array.from({ length: 1100 }, () => new Uint8Array(14));
    const { records, end } = write(window.buffer, frames, [1], 0);
    // Without addresses a packet is in share 0.
    window.records.setShare(1, 2);
    window.records.begin();
    expect(scan(window, 0, end, false)).toBe(records[1024]!.at - 16);
    expect([window.batch.count, window.records.left]).toEqual([0, 0]);
    window.records.begin();
    window.records.setShare(0, 2);
    expect(scan(window, records[1024]!.at - 16, end, false)).toBe(end);
    expect([window.batch.count, window.records.left]).toEqual([1100 - 1024, 1024 - (1100 - 1024)]);
  });

  it("leaves a record that is cut, and one longer than a packet can be", () => {
    const window = createWindow();
    const frames = [new Uint8Array(60), new Uint8Array(70), new Uint8Array(80)];
    const { records, end } = write(window.buffer, frames, [1], 0);
    const last = records[2]!.at - 16;
    for (const cut of [1, 80, 81, 96]) {
      window.records.begin();
      expect([cut, scan(window, 0, end - cut, false), window.batch.count]).toEqual([cut, last, 2]);
    }
    new DataView(window.buffer.buffer, window.buffer.byteOffset).setUint32(records[1]!.at - 8, 0x40001, true);
    window.records.begin();
    expect([scan(window, 0, WINDOW_BYTES, false), window.batch.count]).toEqual([records[1]!.at - 16, 1]);
  });

  it("stops at a record whose time is not between the two given, and takes it when it has been looked at", () => {
    const window = createWindow();
    const frames = Array.from({ length: 4 }, () => new Uint8Array(60));
    const { records, end } = write(window.buffer, frames, [10, 10, 10, -100], 0);
    const [, second, third, fourth] = records.map(({ at }) => at - 16);
    const from = SECONDS * 1e6;
    window.records.begin();
    window.records.stopAt(from + 20, from);
    expect([scan(window, 0, end, false), window.records.stopped, window.records.stoppedUs[0]]).toEqual([
      second,
      true,
      from + 20,
    ]);
    expect([window.records.lastUs, window.batch.count]).toEqual([from + 10, 1]);
    expect([scan(window, second!, end, true), window.batch.count]).toEqual([third, 1]);
    window.records.stopAt(from + 40, from);
    expect([scan(window, third!, end, false), window.records.stoppedUs[0]]).toEqual([fourth, from - 70]);
    expect([scan(window, fourth!, end, true), window.records.stopped]).toEqual([end, false]);
  });
});
