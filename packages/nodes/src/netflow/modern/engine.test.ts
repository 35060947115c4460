import { toHex } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportHook, Observation } from "../flow-engine.ts";
import { batchOf, type TestPacket } from "../testing/frames.ts";
import { Collected, type ReadRecord, readRecords } from "../testing/read-records.ts";
import { ModernEngine } from "./engine.ts";

const BOOT_MS = 1_700_000_000_000;
const INGRESS: Observation = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 3, conf: 1, hasOpposite: false };

/** Time that has passed for the engines of `engineOf`: the clock is not set while it goes on like this. */
let monotonicMs = 0;

function engineOf(maxFlows = 1000): ModernEngine {
  monotonicMs = 0;
  return new ModernEngine(
    { nowMs: () => BOOT_MS, monotonicMs: () => monotonicMs },
    { maxFlows, observationDomainId: 7 },
  );
}

interface Timeouts {
  readonly inactive: number;
  readonly active: number;
}

/** Flows as a map of objects would keep them: the definition that the engine must meet. */
function expectedFlows(packets: readonly TestPacket[], { inactive, active }: Timeouts): ReadRecord[] {
  type Flow = { -readonly [K in keyof ReadRecord]: ReadRecord[K] } & { firstUs: number; lastUs: number };
  const done: Flow[] = [];
  const open = new Map<string, Flow>();
  for (const p of packets) {
    const icmp = p.protocol === 1 || p.protocol === 58;
    const key = `${p.version} ${p.flow} ${p.protocol} ${p.tos}`;
    let flow = open.get(key);
    if (flow && (p.timeUs - flow.lastUs > inactive * 1e6 || p.timeUs - flow.firstUs > active * 1e6)) {
      done.push(flow);
      flow = undefined;
    }
    if (!flow) {
      flow = {
        source: p.version === 4 ? `10.0.0.${p.flow}` : `2001:db8::${p.flow.toString(16)}`,
        destination: p.version === 4 ? "192.168.0.1" : "2001:db8::1",
        sourcePort: icmp ? 0 : 1000 + p.flow,
        destinationPort: icmp ? 0x0800 : 443,
        protocol: p.protocol,
        tos: p.tos,
        tcpFlags: 0,
        packets: 0,
        bytes: 0,
        firstMs: Math.floor(p.timeUs / 1000),
        lastMs: 0,
        firstUs: p.timeUs,
        lastUs: 0,
      };
      open.set(key, flow);
    }
    flow.packets++;
    flow.bytes += p.bytes;
    flow.tcpFlags |= p.protocol === 6 ? p.tcpFlags : 0;
    flow.lastUs = p.timeUs;
    flow.lastMs = Math.floor(p.timeUs / 1000);
    if (p.protocol === 6 && (p.tcpFlags & 5) !== 0) {
      done.push(flow);
      open.delete(key);
    }
  }
  return [...done, ...open.values()].map(({ firstUs: _, lastUs: __, ...flow }) => flow);
}

const sorted = (records: readonly ReadRecord[]): string[] =>
  records.map((r) => JSON.stringify(Object.entries(r).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();

const packetArbitrary = fc.record({
  version: fc.constantFrom<4 | 6>(4, 4, 6),
  flow: fc.integer({ min: 1, max: 9 }),
  protocol: fc.constantFrom(6, 6, 17, -1),
  tcpFlags: fc.constantFrom(0x10, 0x10, 0x10, 0x02, 0x18, 0x11, 0x04),
  tos: fc.constantFrom(0, 0, 0xb8),
  bytes: fc.integer({ min: 60, max: 1500 }),
  // Gaps from none at all to far beyond a turn of the wheel.
  gapUs: fc.oneof(
    { weight: 6, arbitrary: fc.nat(2_000_000) },
    { weight: 2, arbitrary: fc.nat(30_000_000) },
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat(2_000_000_000) },
  ),
});

const traceArbitrary = fc.array(packetArbitrary, { minLength: 1, maxLength: 120 }).map((rows) => {
  let timeUs = BOOT_MS * 1000;
  return rows.map(({ gapUs, protocol, ...row }): TestPacket => {
    timeUs += gapUs;
    return { ...row, protocol: protocol === -1 ? (row.version === 4 ? 1 : 58) : protocol, timeUs };
  });
});

/** Feeds a trace in pieces, with or without ticks between them, and returns the datagrams. */
function run(
  engine: ModernEngine,
  hook: ExportHook,
  packets: readonly TestPacket[],
  piece: number,
  ticks: boolean,
): Uint8Array[] {
  const out = new Collected();
  engine.setExport(hook, out);
  for (let i = 0; i < packets.length; i += piece) {
    const part = packets.slice(i, i + piece);
    engine.account(batchOf(part), INGRESS);
    if (!ticks) continue;
    const nowMs = part.at(-1)!.timeUs / 1000;
    monotonicMs = nowMs - BOOT_MS;
    engine.tick(nowMs);
  }
  engine.close(packets.at(-1)!.timeUs / 1000);
  return out.datagrams;
}

describe("ModernEngine", () => {
  it.each(["export9", "export10"] as const)("%s: exactly the flows of a naive map", (hook) => {
    fc.assert(
      fc.property(
        traceArbitrary,
        fc.record({ inactive: fc.integer({ min: 0, max: 20 }), active: fc.integer({ min: 0, max: 100 }) }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (packets, timeouts, piece, ticks) => {
          const engine = engineOf();
          engine.setTimeouts(timeouts.inactive, timeouts.active);
          const records = readRecords(run(engine, hook, packets, piece, ticks));
          expect(sorted(records)).toEqual(sorted(expectedFlows(packets, timeouts)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["the inactive timeout", 15_000_000, 1],
    ["a microsecond more than the inactive timeout", 15_000_001, 2],
  ])("a gap of %s", (_name, gap, flows) => {
    for (const version of [4, 6] as const) {
      const packet = { version, flow: 1, protocol: 17, tcpFlags: 0, tos: 0, bytes: 100 };
      const at = BOOT_MS * 1000 + 100_000;
      const packets = [at, at + gap].map((timeUs) => ({ ...packet, timeUs }));
      expect(readRecords(run(engineOf(), "export9", packets, 1, true))).toHaveLength(flows);
      // Another flow's packet shortly before, so that no tick is due with the packet that matters.
      const other = { ...packet, flow: 2, timeUs: at + gap - 10 };
      expect(readRecords(run(engineOf(), "export9", packets.toSpliced(1, 0, other), 1, false))).toHaveLength(flows + 1);
    }
  });

  it.each([
    ["the active timeout", 20_000_000, 1],
    ["a microsecond more than the active timeout", 20_000_001, 2],
  ])("a life of %s", (_name, life, flows) => {
    for (const version of [4, 6] as const) {
      const packet = { version, flow: 1, protocol: 17, tcpFlags: 0, tos: 0, bytes: 100 };
      const at = BOOT_MS * 1000 + 100_000;
      const packets = [0, 10_000_000, life].map((offset) => ({ ...packet, timeUs: at + offset }));
      const engine = engineOf();
      engine.setTimeouts(15, 20);
      expect(readRecords(run(engine, "export9", packets, 3, true))).toHaveLength(flows);
    }
  });

  // So many that some share home slot and tag of the index: only comparing the whole key keeps them apart.
  it.each([
    ["ports", 4, (i: number) => ({ flow: 1, sourcePort: i })],
    ["sources", 4, (i: number) => ({ flow: i, sourcePort: 1 })],
    ["destinations", 4, (i: number) => ({ flow: 1, destination: i })],
    ["ports", 6, (i: number) => ({ flow: 1, sourcePort: i })],
    ["sources", 6, (i: number) => ({ flow: i, sourcePort: 1 })],
    ["destinations", 6, (i: number) => ({ flow: 1, destination: i })],
  ] as const)("keeps flows apart that differ in %s only (IPv%s)", (_name, version, key) => {
    const engine = engineOf(100_000);
    const packet = { version, protocol: 17, tcpFlags: 0, tos: 0, bytes: 100, timeUs: BOOT_MS * 1000 };
    const packets = Array.from({ length: 60_000 }, (_, i): TestPacket => ({ ...packet, ...key(i) }));
    for (const batch of [batchOf(packets), batchOf(packets)]) engine.account(batch, INGRESS);
    expect(engine.counters()).toMatchObject({ packetsAccounted: 120_000, flowsCreated: 60_000, flowsActive: 60_000 });
  });

  it("meters thousands of flows at once, expiring them behind the packets", () => {
    const engine = engineOf(20_000);
    const out = new Collected();
    engine.setExport("export10", out);
    const packets = Array.from({ length: 30_000 }, (_, i): TestPacket => ({
      version: i % 4 === 0 ? 6 : 4,
      flow: 1 + ((i * 7) % 251),
      protocol: i % 4 === 0 ? 58 : 17,
      tcpFlags: 0,
      tos: (i >> 3) % 64,
      bytes: 60 + (i % 1000),
      timeUs: BOOT_MS * 1000 + i * 1000 + (i >= 15_000 ? 20_000_000 : 0),
    }));
    for (let i = 0; i < packets.length; i += 1000) engine.account(batchOf(packets.slice(i, i + 1000)), INGRESS);
    const live = engine.counters()["flowsActive"]!;
    engine.close(packets.at(-1)!.timeUs / 1000);
    const expected = expectedFlows(packets, { inactive: 15, active: 1800 });
    expect(expected.length).toBeGreaterThan(10_000);
    expect(live).toBeLessThan(expected.length);
    expect(sorted(readRecords(out.datagrams))).toEqual(sorted(expected));
  });

  it("v5: the IPv4 flows of a naive map", () => {
    fc.assert(
      fc.property(traceArbitrary, (packets) => {
        const engine = engineOf();
        const records = readRecords(run(engine, "export", packets, 16, false));
        const expected = expectedFlows(packets, { inactive: 15, active: 1800 });
        expect(sorted(records)).toEqual(sorted(expected.filter((flow) => !flow.source.includes(":"))));
      }),
      { numRuns: 100 },
    );
  });

  it("v5: tells its observation domain as the engine's id, and the sampling", () => {
    const packet = {
      version: 4,
      flow: 1,
      protocol: 17,
      tcpFlags: 0,
      tos: 0,
      bytes: 100,
      timeUs: BOOT_MS * 1000,
    } as const;
    const engine = engineOf();
    expect(engine.setSampling(1, 300, 1)).toBe(true);
    const [datagram] = run(
      engine,
      "export",
      Array.from({ length: 300 }, (): TestPacket => packet),
      300,
      false,
    );
    // Engine type and id, mode 1 in the upper two bits, interval 300.
    expect(toHex(datagram!.subarray(20, 24))).toBe("0007412c");
  });

  it("conserves packets and bytes whatever the size of the cache, the order of times and the calls in between", () => {
    fc.assert(
      fc.property(
        traceArbitrary,
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat(1), { maxLength: 120 }),
        (trace, maxFlows, disorder) => {
          const packets = trace.map((p, i) => ({ ...p, timeUs: p.timeUs - (disorder[i] ?? 0) * 700_000 }));
          const engine = engineOf(maxFlows);
          const out = new Collected();
          engine.setExport("export10", out);
          const sum = (records: readonly { packets: number; bytes: number }[]): number[] =>
            records.reduce((total, r) => [total[0]! + r.packets, total[1]! + r.bytes], [0, 0]);
          for (const [i, packet] of packets.entries()) {
            engine.account(batchOf([packet]), INGRESS);
            if (i % 7 === 3) engine.setTimeouts(i % 5, i % 50);
            if (i % 11 === 5) engine.setMtu(24 + 37 * i);
            if (i % 13 === 5) engine.tick(packet.timeUs / 1000);
            expect(engine.counters()["flowsActive"]).toBeLessThanOrEqual(maxFlows);
          }
          engine.close(packets.at(-1)!.timeUs / 1000);
          const records = readRecords(out.datagrams);
          expect(sum(records)).toEqual([packets.length, packets.reduce((n, p) => n + p.bytes, 0)]);
          expect(engine.counters()).toMatchObject({
            packetsAccounted: packets.length,
            packetsSkipped: 0,
            recordsExported: records.length,
            flowsCreated: records.length,
            flowsActive: 0,
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  it("gives the same bytes for the same trace, however it is cut into batches", () => {
    fc.assert(
      fc.property(traceArbitrary, fc.integer({ min: 1, max: 40 }), (packets, piece) => {
        const one = run(engineOf(5), "export9", packets, 1000, false).map((d) => toHex(d));
        const other = run(engineOf(5), "export9", packets, piece, false).map((d) => toHex(d));
        expect(other).toEqual(one);
      }),
      { numRuns: 100 },
    );
  });

  it("counts every packet once, accounted or skipped by a reason", () => {
    const engine = engineOf();
    const packet: TestPacket = {
      version: 4,
      flow: 1,
      protocol: 6,
      tcpFlags: 0x10,
      tos: 0,
      bytes: 60,
      timeUs: BOOT_MS * 1000,
    };
    for (let length = 0; length < 68; length++) {
      const batch = batchOf([packet]);
      batch.lengths[0] = length;
      engine.account(batch, INGRESS);
    }
    const counters = engine.counters();
    expect(counters).toMatchObject({
      packetsSkippedTruncatedLink: 14,
      packetsSkippedTruncatedNetwork: 20,
      packetsSkippedTruncatedTransport: 14,
      packetsSkipped: 48,
      packetsAccounted: 20,
      flowsActive: 1,
    });
    expect(engine.info()).toMatchObject({ ipv4SkippedPackets: 33, ipv4SkippedBytes: 33 * 74, ipv4Packets: 20 });
  });
});

describe("a clock that is set", () => {
  const HOUR_MS = 3_600_000;

  it("is counted once each way, with packets or without; time that passes is not", () => {
    let monotonicMs = 5000;
    const engine = new ModernEngine(
      { nowMs: () => BOOT_MS, monotonicMs: () => monotonicMs },
      { maxFlows: 1000, observationDomainId: 7 },
    );
    const packet: TestPacket = { version: 4, flow: 1, protocol: 17, tos: 0, tcpFlags: 0, bytes: 100, timeUs: 0 };
    const stepsAt = (nowMs: number): unknown => {
      engine.tick(nowMs);
      return engine.counters()["clockSteps"];
    };
    expect(stepsAt(BOOT_MS)).toBe(0);
    monotonicMs += 2 * HOUR_MS;
    expect(stepsAt(BOOT_MS + 2 * HOUR_MS)).toBe(0);
    expect(stepsAt(BOOT_MS + 3 * HOUR_MS)).toBe(1);
    expect(stepsAt(BOOT_MS + 3 * HOUR_MS + 250)).toBe(1);
    expect(stepsAt(BOOT_MS + 2 * HOUR_MS)).toBe(2);
    const timeUs = (BOOT_MS + 4 * HOUR_MS) * 1000;
    engine.account(batchOf([packet, packet].map((each) => ({ ...each, timeUs }))), INGRESS);
    expect(engine.counters()).toMatchObject({ implausibleTimestamps: 1, clockSteps: 2 });
    expect(stepsAt(BOOT_MS + 4 * HOUR_MS)).toBe(3);
    expect(engine.counters()).toMatchObject({ packetsAccounted: 2, flowsActive: 1 });
  });
});
