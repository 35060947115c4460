import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PacketBatch, toHex } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GOLDEN_FOLDER } from "../../testing/golden-data.ts";
import { readFrames } from "../testing/capture-frames.ts";
import { Collected } from "../testing/read-records.ts";
import { frameArbitrary, RICH_FRAMES } from "../testing/rich-frames.ts";
import { ModernEngine } from "./engine.ts";

const BOOT_MS = 1_700_000_000_000;
/** Bytes between packets: what a read outside a packet would find. */
const GAP = 128;

/** Frames in one buffer with `poison` before, between and after them. */
function poisoned(
  frames: readonly Uint8Array[],
  wireLengths: readonly number[],
  poison: (at: number) => number,
): PacketBatch {
  const buffer = new Uint8Array(GAP + frames.reduce((sum, { length }) => sum + length + GAP, 0));
  for (let i = 0; i < buffer.length; i++) buffer[i] = poison(i);
  const batch = new PacketBatch(frames.length, buffer);
  let at = GAP;
  for (const [i, frame] of frames.entries()) {
    buffer.set(frame, at);
    batch.push(at, frame.length, wireLengths[i]!, (BOOT_MS + i) * 1000);
    at += frame.length + GAP;
  }
  return batch;
}

/** What comes out when those packets are metered, with nothing of the packets' own buffer in it. */
function outcome(batch: PacketBatch, dataLinkType: number, fields: string, maxFlows: number): unknown {
  const engine = new ModernEngine(
    { nowMs: () => BOOT_MS, monotonicMs: () => 0 },
    { maxFlows, observationDomainId: 0, bootMs: BOOT_MS },
  );
  const out = new Collected();
  engine.setFields(fields);
  engine.setExport("export10", out);
  engine.account(batch, { slot: 0, direction: 0, dataLinkType, ifIndex: 1, conf: 1, hasOpposite: false });
  engine.close(BOOT_MS + batch.count);
  const counters = engine.counters();
  const skipped = Object.entries(counters).filter(([name]) => /^packetsSkipped./.test(name));
  expect(skipped.reduce((sum, [, n]) => sum + n, 0)).toBe(counters["packetsSkipped"]);
  expect(counters["packetsAccounted"]! + counters["packetsSkipped"]!).toBe(batch.count);
  return [counters, engine.info(), out.datagrams.map((datagram) => toHex(datagram))];
}

const ALL = "mac,vlan,mpls,label,tunnel";
/** Poisons that read as lengths, versions, tags and labels that would lead on. */
const POISONS: readonly ((at: number) => number)[] = [
  () => 0,
  () => 0xff,
  () => 0x45,
  (at) => [0x81, 0x00, 0x00, 0x01][at & 3]!,
  (at) => (at * 167 + 13) & 0xff,
];

function expectNoReadOutside(
  frames: readonly Uint8Array[],
  wireLengths: readonly number[],
  dataLinkType: number,
  fields: string,
  maxFlows: number,
): void {
  const [first, ...others] = POISONS.map((poison) =>
    outcome(poisoned(frames, wireLengths, poison), dataLinkType, fields, maxFlows),
  );
  for (const other of others) expect(other).toEqual(first);
}

/** Every beginning of a frame, from nothing to all of it. */
function expectTruncationsSafe(frame: Uint8Array, dataLinkType: number): void {
  // Beyond the headers there is nothing that is read.
  const most = Math.min(frame.length, 128);
  const cuts = Array.from({ length: most + 1 }, (_, length) => frame.subarray(0, length));
  const wireLengths = cuts.map(() => frame.length);
  expectNoReadOutside(cuts, wireLengths, dataLinkType, ALL, 1000);
}

/** Packets of one shape are read alike: addresses, ports and payload play no part in where the parser looks. */
function shapeOf(bytes: Uint8Array, dataLinkType: number): string {
  const hex = (from: number, to: number): string => toHex(bytes.subarray(from, to));
  const length = Math.min(bytes.length, 128);
  const isPlain = dataLinkType === 1 && hex(12, 15) === "080045";
  // Of a plain IPv4 packet: fragment and protocol, length and flags of TCP.
  const headers = isPlain ? `${hex(20, 24)} ${hex(46, 48)}` : `${hex(12, 24)} ${hex(34, 96)}`;
  return `${dataLinkType} ${length} ${headers}`;
}

/** The captures of a folder and below it; none when it is absent. */
function capturesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => join(folder, name));
}

describe("packets that are cut, mutated or random", () => {
  it.each(RICH_FRAMES.map((frame, i) => [i, toHex(frame.subarray(12, 40)), frame] as const))(
    "every truncation of frame %i (%s…)",
    (_i, _hex, frame) => {
      for (const dataLinkType of [1, 12]) {
        expectTruncationsSafe(dataLinkType === 1 ? frame : frame.subarray(Math.min(14, frame.length)), dataLinkType);
      }
    },
  );

  it.each([
    ["all fields", ALL, 1000],
    ["biflow", `${ALL},biflow`, 5],
    ["no fields, by the WebAssembly meter", "", 16_384],
  ])(
    "%s: nothing is thrown, nothing outside the packet is read, every packet counts once",
    (_name, fields, maxFlows) => {
      const random = fc.uint8Array({ maxLength: 120 });
      const frame = fc.oneof({ weight: 6, arbitrary: frameArbitrary }, { weight: 1, arbitrary: random });
      fc.assert(
        fc.property(
          fc.array(fc.tuple(frame, fc.nat(2000)), { minLength: 1, maxLength: 30 }),
          fc.constantFrom(1, 1, 1, 12),
          (rows, dataLinkType) => {
            const wireLengths = rows.map(([bytes, more]) => bytes.length + more);
            expectNoReadOutside(
              rows.map(([bytes]) => bytes),
              wireLengths,
              dataLinkType,
              fields,
              maxFlows,
            );
          },
        ),
        { numRuns: maxFlows > 1000 ? 60 : 400 },
      );
    },
  );

  it("the data of FreeBSD are there", () => expect(capturesOf(GOLDEN_FOLDER).length).toBeGreaterThan(50));

  const shared = process.env["NGFLOW_SHARED"]!;
  /** Shapes that were tried, also those of the folders before: the shared folder has most packets of ours again. */
  const seen = new Set<string>();
  for (const [name, folder] of [
    ["tests/golden/freebsd", GOLDEN_FOLDER],
    ["the shared golden/freebsd", join(shared, "golden/freebsd")],
    ["the shared corpus", join(shared, "corpus")],
  ] as const) {
    const files = capturesOf(folder);
    if (files.length === 0) {
      it.skip(`every truncation of every packet of ${name} (skipped: ${folder} is absent)`);
      continue;
    }
    it(`every truncation of every packet of ${name}`, { timeout: 120_000 }, () => {
      for (const file of files) {
        for (const { bytes, dataLinkType } of readFrames(file)) {
          const shape = shapeOf(bytes, dataLinkType);
          if (seen.has(shape)) continue;
          seen.add(shape);
          expectTruncationsSafe(bytes, dataLinkType);
        }
      }
      expect(seen.size).toBeGreaterThan(50);
    });
  }
});
