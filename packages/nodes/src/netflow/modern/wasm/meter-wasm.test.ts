import { PacketBatch } from "@ngflow/base";
import { ParsedPackets, parsePackets } from "@ngflow/wire/packet";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ExportHook, Observation } from "../../flow-engine.ts";
import { batchOf, frameOf, type TestPacket } from "../../testing/frames.ts";
import { Collected } from "../../testing/read-records.ts";
import { frameArbitrary as richFrame } from "../../testing/rich-frames.ts";
import { ModernEngine } from "../engine.ts";
import { hashPackets } from "../cache/hash-packets.ts";

const BOOT_MS = 1_700_000_000_000;
const INGRESS: Observation = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 0, conf: 1, hasOpposite: false };
const EGRESS: Observation = { ...INGRESS, direction: 1, ifIndex: 0x1234 };
/** The smallest cache with a WebAssembly meter. */
const FLOWS = 16_384;

/** Microseconds of three months. */
const QUARTER_US = 90 * 86_400e6;

/** In the place of a constructor that finds no address space. */
const NO_MEMORY = function (): never {
  throw new RangeError("no address space");
};

afterEach(() => vi.unstubAllGlobals());

/** An engine whose packets the WebAssembly meter handles, or (no memory to be had) TypeScript alone. */
function engineOf(wasm: boolean, maxFlows = FLOWS): ModernEngine {
  if (!wasm) vi.stubGlobal("WebAssembly", { Memory: NO_MEMORY });
  const engine = new ModernEngine({ nowMs: () => BOOT_MS, monotonicMs: () => 0 }, { maxFlows, observationDomainId: 7 });
  vi.unstubAllGlobals();
  expect(engine.hasWasm).toBe(wasm);
  return engine;
}

interface TracePacket {
  readonly frame: Uint8Array;
  readonly timeUs: number;
  readonly rcvIfIndex: number;
}

/** Feeds a trace in pieces, and returns everything that can be seen of the engine. */
function observe(
  wasm: boolean,
  trace: readonly TracePacket[],
  piece: number,
  inWindow: boolean,
  hook: ExportHook = "export9",
  where = INGRESS,
  maxFlows = FLOWS,
  between: (engine: ModernEngine, packet: number) => void = () => {},
  sampling = 0,
) {
  const engine = engineOf(wasm, maxFlows);
  const out = new Collected();
  engine.setExport(hook, out);
  engine.setTimeouts(3, 20);
  engine.setTemplate(600, 3);
  if (sampling !== 0) engine.setSampling(1, sampling, 1);
  const given = new Uint8Array(1 << 18);
  const buffer = (inWindow ? engine.packetWindow(given.length)?.buffer : undefined) ?? given;
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
    between(engine, i);
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
  { weight: 3, arbitrary: richFrame },
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
      // Wrong stamps of single packets, and steps of the clock from one packet on.
      fc.oneof(
        { weight: 40, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.constantFrom(QUARTER_US, -QUARTER_US, 70e6, -70e6) },
      ),
      fc.oneof({ weight: 80, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(70e6, -QUARTER_US) }),
    ),
    { minLength: 1, maxLength: 300 },
  )
  .map((rows) => {
    let timeUs = BOOT_MS * 1000;
    return rows.map(([frame, gapUs, rcvIfIndex, wrongUs, stepUs]): TracePacket => {
      timeUs += gapUs + stepUs;
      return { frame, timeUs: timeUs + wrongUs, rcvIfIndex };
    });
  });

describe("MeterWasm", () => {
  it.each([
    ["export9", INGRESS],
    ["export10", INGRESS],
    ["export10", EGRESS],
    ["export", INGRESS],
    ["export10", { ...INGRESS, dataLinkType: 12 }],
  ] as const)(
    "does what TypeScript does, to the byte: %s",
    (hook, where) => {
      fc.assert(
        fc.property(
          traceArbitrary,
          fc.integer({ min: 1, max: 300 }),
          fc.constantFrom(0, 0, 2),
          (trace, piece, sampling) => {
            const run = (wasm: boolean, inWindow: boolean): unknown =>
              observe(wasm, trace, piece, inWindow, hook, where, FLOWS, undefined, sampling);
            const expected = run(false, false);
            expect(run(true, true)).toEqual(expected);
            expect(run(true, false)).toEqual(expected);
          },
        ),
        { numRuns: 100 },
      );
    },
    120_000,
  );

  it("does so with more flows than the cache holds", () => {
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

  describe("with so many flows that groups are touched before they are updated", () => {
    /** More than `TOUCH_ABOVE`, less than the cache has room for. */
    const RESIDENT = 17_000;
    const MANY = 20_000;

    const packetOf = (flow: number, tcpFlags = 0x10, version: 4 | 6 = flow % 4 === 3 ? 6 : 4): TestPacket => ({
      version,
      flow,
      protocol: 6,
      tcpFlags,
      tos: 0,
      bytes: 100,
      timeUs: 0,
    });
    const resident = Array.from({ length: RESIDENT }, (_, flow) => packetOf(flow));

    /** A trace of packets ten microseconds apart, so that no flow times out in one of less than 300,000. */
    function traceOf(packets: readonly TestPacket[]): TracePacket[] {
      return packets.map((packet, i) => ({ frame: frameOf(packet), timeUs: BOOT_MS * 1000 + i * 10, rcvIfIndex: 0 }));
    }

    /** The WebAssembly meter does what TypeScript does, from its own memory and from a copy. Returns what that is. */
    function expectSame(
      trace: readonly TracePacket[],
      piece: number,
      hook: ExportHook = "export10",
      between?: (engine: ModernEngine, packet: number) => void,
      maxFlows = MANY,
    ): ReturnType<typeof observe> {
      const expected = observe(false, trace, piece, false, hook, INGRESS, maxFlows, between);
      for (const inWindow of [true, false]) {
        const got = observe(true, trace, piece, inWindow, hook, INGRESS, maxFlows, between);
        expect(got.shown).toEqual(expected.shown);
        expect(got.datagrams.length).toBe(expected.datagrams.length);
        expect(got.datagrams.findIndex((datagram, i) => datagram !== expected.datagrams[i])).toBe(-1);
        expect(got.ended).toEqual(expected.ended);
      }
      return expected;
    }

    /** Hashes as the engine computes them for its first observation, which has number 1. */
    function hashesOf(packets: readonly TestPacket[]): Int32Array {
      const batch = batchOf(packets);
      const parsed = new ParsedPackets(packets.length);
      const hashes = new Int32Array(packets.length);
      parsePackets(batch, new DataView(batch.buffer.buffer), 0, packets.length, 1, parsed);
      hashPackets(batch, 0, packets.length, parsed, { number: () => 1 }, INGRESS, hashes);
      return hashes;
    }

    /** Pairs of flows with the same home slot in an index of 65,536 entries, and the same tag. */
    function collisions(candidates: readonly TestPacket[]): readonly (readonly [TestPacket, TestPacket])[] {
      const seen = new Map<number, TestPacket>();
      const pairs: [TestPacket, TestPacket][] = [];
      for (const [i, hash] of hashesOf(candidates).entries()) {
        const entry = (hash >>> 16) * 256 + (hash & 0xff);
        const other = seen.get(entry);
        if (other !== undefined) pairs.push([other, candidates[i]!]);
        seen.set(entry, candidates[i]!);
      }
      return pairs;
    }

    const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
    /**
     * Flows that differ in one part of the key only. Those that differ in protocol or type of service only have other
     * home slots.
     */
    const ALIKE = {
      addresses: numbers(40_000).map((i) => ({ ...packetOf(100_000, 0x10, 4), destination: i })),
      ports: numbers(65_000).map((i) => ({ ...packetOf(100_000, 0x10, 4), sourcePort: i })),
      "IPv6 addresses": numbers(40_000).map((i) => ({ ...packetOf(100_000, 0x10, 6), destination: i })),
    };

    const FIN = 0x11;
    const end = (packet: TestPacket): TestPacket => ({ ...packet, tcpFlags: FIN });

    it.each([4, 6] as const)(
      "new flows, their ends and their packets after that within one group (IPv%i)",
      (version) => {
        const group = Array.from({ length: 40 }, (_, i) => packetOf(50_000 + i, 0x10, version)).flatMap((packet, i) => {
          const next = packetOf(60_000 + i, 0x10, version);
          // The record of the first is freed, taken by the next, freed, and taken by the first, after all were touched.
          return [packet, packet, end(packet), next, packet, end(next), packet, next];
        });
        for (const piece of [128, 1000, 7]) {
          const { ended } = expectSame(traceOf([...resident, ...group, ...group]), piece);
          expect(ended["packetsAccounted"]).toBe(RESIDENT + 2 * group.length);
          // Four of each eight packets in the first group and two in the second begin a flow.
          expect(ended["flowsCreated"]).toBe(RESIDENT + 40 * 6);
        }
      },
    );

    it.each(Object.entries(ALIKE))(
      "flows whose entries have one home slot and one tag, and other %s",
      (_, candidates) => {
        const pairs = collisions(candidates).slice(0, 40);
        expect(pairs.length).toBeGreaterThan(2);
        const group = pairs.flatMap(([a, b]) => [a, b, a, b, end(a), b, a, end(b), a, b, end(a), end(b), b, a]);
        expectSame(traceOf([...resident, ...group, ...group.toReversed()]), 128);
        expectSame(traceOf([...resident, ...group]), 1);
      },
    );

    it.each([4, 6] as const)("an index that grows between touching and updating (IPv%i)", (version) => {
      // An index of 65,536 entries is half full at 32,768 flows; every group has flows of before, too.
      const flows = Array.from({ length: 36_000 }, (_, i) => packetOf(i, 0x10, version));
      const others = Array.from({ length: 2000 }, (_, i) => packetOf(i, 0x10, version === 4 ? 6 : 4));
      const packets = flows.flatMap((packet, i) => [
        packet,
        flows[i >> 1]!,
        ...(i % 18 === 0 ? [others[i / 18]!] : []),
      ]);
      const { ended } = expectSame(traceOf([...packets, ...flows]), 1000, "export10", undefined, 60_000);
      expect(ended["flowsCreated"]).toBe(flows.length + others.length);
    });

    it("a cache that is cleared between groups, whose records are taken again", () => {
      const trace = traceOf([...resident, ...resident.slice(0, 3000), ...resident, ...resident.toReversed()]);
      let cleared = 0;
      const expected = expectSame(trace, 1000, "export10", (engine, packet) => {
        if (packet !== 19_000 && packet !== 38_000) return;
        // With other fields everything leaves, and the WebAssembly meter has nothing to do until they are off again.
        expect(engine.setFields(packet === 19_000 ? "vlan" : "")).toBe(true);
        cleared++;
      });
      expect(cleared).toBe(6);
      expect(expected.ended["flowsCreated"]).toBeGreaterThan(2 * RESIDENT);
    });

    it("a group like the one before, of which no record is left and no entry is looked up again", () => {
      const piece = 125;
      const group = resident.slice(0, piece);
      const trace = traceOf([...resident, ...group, ...group, ...group.toReversed()]);
      const expected = expectSame(trace, piece, "export10", (engine, packet) => {
        if (packet !== RESIDENT) return;
        // Other fields: everything leaves; and without them the WebAssembly meter goes on.
        expect(engine.setFields("vlan")).toBe(true);
        expect(engine.setFields("")).toBe(true);
      });
      expect(expected.ended["flowsCreated"]).toBe(RESIDENT + piece);
    });

    it.each(["export", "export9", "export10"] as const)(
      "any packets of both families, the cache full and cleared in between: %s",
      (hook) => {
        const packet = fc.record({
          flow: fc.oneof({ weight: 3, arbitrary: fc.nat(RESIDENT + 4000) }, { weight: 2, arbitrary: fc.nat(60) }),
          tcpFlags: fc.constantFrom(0x10, 0x10, 0x10, 0x02, FIN, 0x04),
          timeUs: fc.oneof({ weight: 60, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat(2_000_000) }),
        });
        fc.assert(
          fc.property(
            fc.array(packet, { minLength: 500, maxLength: 4000, size: "max" }),
            fc.integer({ min: 1, max: 700 }),
            fc.nat(4000),
            (rows, piece, clearAt) => {
              let timeUs = BOOT_MS * 1000 + RESIDENT * 10;
              const more = rows.map(({ flow, tcpFlags, timeUs: gapUs }): TracePacket => {
                timeUs += gapUs;
                return { frame: frameOf(packetOf(flow, tcpFlags)), timeUs, rcvIfIndex: 0 };
              });
              expectSame([...traceOf(resident), ...more, ...more], piece, hook, (engine, at) => {
                const from = RESIDENT + clearAt;
                if (at > from || from >= at + piece) return;
                engine.setFields("vlan");
                engine.setFields("");
              });
            },
          ),
          { numRuns: 12 },
        );
      },
      120_000,
    );
  });

  it("gives its window once", () => {
    const engine = engineOf(true);
    expect(engine.packetWindow(1 << 30)).toBeUndefined();
    expect(engine.packetWindow(1000)?.buffer).toHaveLength(1000);
    expect(engine.packetWindow(1000)).toBeUndefined();
    expect(engineOf(false).packetWindow(1000)).toBeUndefined();
  });
});
