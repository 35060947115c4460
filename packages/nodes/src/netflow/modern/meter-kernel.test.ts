import { PacketBatch } from "@ngflow/graph/data";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ExportHook, Observation } from "../flow-engine.ts";
import { frameOf } from "../testing/frames.ts";
import { Collected } from "../testing/read-records.ts";
import { ModernEngine } from "./engine.ts";

const BOOT_MS = 1_700_000_000_000;
const INGRESS: Observation = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 0, conf: 1, hasOpposite: false };
const EGRESS: Observation = { ...INGRESS, direction: 1, ifIndex: 0x1234 };
/** The least cache that has a kernel. */
const FLOWS = 16_384;

/** In the place of a constructor that finds no address space. */
const NO_MEMORY = function (): never {
  throw new RangeError("no address space");
};

afterEach(() => vi.unstubAllGlobals());

/** An engine whose packets the kernel handles, or (no memory to be had) TypeScript alone. */
function engineOf(kernel: boolean): ModernEngine {
  if (!kernel) vi.stubGlobal("WebAssembly", { Memory: NO_MEMORY });
  const engine = new ModernEngine(
    { nowMs: () => BOOT_MS, monotonicMs: () => 0, log: () => {} },
    { maxFlows: FLOWS, observationDomainId: 7 },
  );
  vi.unstubAllGlobals();
  expect(engine.hasKernel).toBe(kernel);
  return engine;
}

interface TracePacket {
  readonly frame: Uint8Array;
  readonly timeUs: number;
  readonly rcvIfIndex: number;
}

/** Feeds a trace in pieces, and returns everything that can be seen of the engine. */
function observe(
  kernel: boolean,
  trace: readonly TracePacket[],
  piece: number,
  inWindow: boolean,
  hook: ExportHook = "export9",
  where = INGRESS,
) {
  const engine = engineOf(kernel);
  const out = new Collected();
  engine.setExport(hook, out);
  engine.setTimeouts(3, 20);
  const given = new Uint8Array(1 << 18);
  const buffer = (inWindow ? engine.packetWindow(given.length) : undefined) ?? given;
  for (let i = 0; i < trace.length; i += piece) {
    const batch = new PacketBatch(piece, buffer);
    let at = 0;
    for (const [n, { frame, timeUs, rcvIfIndex }] of trace.slice(i, i + piece).entries()) {
      buffer.set(frame, at);
      batch.push(at, frame.length, frame.length, timeUs);
      batch.rcvIfIndex[n] = rcvIfIndex;
      at += frame.length;
    }
    engine.account(batch, where);
  }
  const shown = engine.counters();
  engine.close(trace.at(-1)!.timeUs / 1000);
  return { datagrams: out.datagrams.map((d) => Buffer.from(d).toString("hex")), shown, ended: engine.counters() };
}

const plainFrame = fc
  .record({
    version: fc.constantFrom<4 | 6>(4, 4, 4, 6),
    flow: fc.integer({ min: 1, max: 12 }),
    protocol: fc.constantFrom(6, 6, 17, 1, 58, 132),
    tcpFlags: fc.constantFrom(0x10, 0x10, 0x10, 0x02, 0x11, 0x04),
    tos: fc.constantFrom(0, 0xb8),
    bytes: fc.integer({ min: 20, max: 1500 }),
    cut: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(60) }),
  })
  .map(({ cut, ...packet }) => {
    const frame = frameOf({ ...packet, timeUs: 0 });
    return frame.subarray(0, frame.length - cut);
  });

/** Frames with single bytes changed: other versions, header lengths, fragments, lengths, tags. */
const frameArbitrary = fc.oneof(
  { weight: 6, arbitrary: plainFrame },
  {
    weight: 1,
    arbitrary: fc.tuple(plainFrame, fc.nat(47), fc.nat(255)).map(([frame, at, value]) => {
      const changed = frame.slice();
      if (at < changed.length) changed[at] = value;
      return changed;
    }),
  },
);

const traceArbitrary = fc
  .array(
    fc.tuple(
      frameArbitrary,
      fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: -20_000, max: 400_000 }) },
        { weight: 1, arbitrary: fc.nat(30_000_000) },
      ),
      fc.constantFrom(0, 0, 0, 0, 5),
    ),
    { minLength: 1, maxLength: 300 },
  )
  .map((rows) => {
    let timeUs = BOOT_MS * 1000;
    return rows.map(([frame, gapUs, rcvIfIndex]): TracePacket => {
      timeUs += gapUs;
      return { frame, timeUs, rcvIfIndex };
    });
  });

describe("MeterKernel", () => {
  it.each([
    ["export9", INGRESS],
    ["export10", INGRESS],
    ["export10", EGRESS],
    ["export", INGRESS],
  ] as const)(
    "does what TypeScript does, to the byte: %s",
    (hook, where) => {
      fc.assert(
        fc.property(traceArbitrary, fc.integer({ min: 1, max: 300 }), (trace, piece) => {
          const expected = observe(false, trace, piece, false, hook, where);
          expect(observe(true, trace, piece, true, hook, where)).toEqual(expected);
          expect(observe(true, trace, piece, false, hook, where)).toEqual(expected);
        }),
        { numRuns: 100 },
      );
    },
    120_000,
  );

  it("does so with more flows than the cache holds, and as its index grows", () => {
    const trace = Array.from({ length: 60_000 }, (_, i): TracePacket => {
      const flow = (i * 7919) % 23_003;
      const version = flow % 5 === 0 ? 6 : 4;
      const frame = frameOf({ version, flow, protocol: 17, tcpFlags: 0, tos: 0, bytes: 100, timeUs: 0 });
      return { frame, timeUs: BOOT_MS * 1000 + i * 100, rcvIfIndex: 0 };
    });
    const expected = observe(false, trace, 1000, false);
    expect(expected.shown["flowsEvicted"]).toBeGreaterThan(1000);
    expect(observe(true, trace, 1000, true)).toEqual(expected);
  });

  it("gives its window once", () => {
    const engine = engineOf(true);
    expect(engine.packetWindow(1 << 30)).toBeUndefined();
    expect(engine.packetWindow(1000)).toHaveLength(1000);
    expect(engine.packetWindow(1000)).toBeUndefined();
    expect(engineOf(false).packetWindow(1000)).toBeUndefined();
  });
});
