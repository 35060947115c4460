import { describe, expect, it } from "vitest";
import { BOOT_MS, type Captured, ether, ip4, Metering, udp } from "../testing/metering.ts";
import { type ReadRecord, readRecords } from "../testing/read-records.ts";
import { AGREEING_PACKETS } from "./expiry/far-packets.ts";

const DAY_MS = 86_400_000;
const MINUTES_MS = 60_000;
const HOOKS = ["export", "export9", "export10"] as const;
/** Caches that TypeScript or the WebAssembly meter handles, from its memory or not; and both directions in a record. */
const PATHS = [
  ["TypeScript", 1000, false, ""],
  ["the WebAssembly meter", 16_384, false, ""],
  ["the WebAssembly meter, parsed there", 16_384, true, ""],
  ["both directions", 1000, false, "biflow"],
] as const;
/** Months, years, and before the first packet of a clock that was never set. */
const AWAY_MS = [45, -45, 90, -90, 400, -400, 3650].map((days) => days * DAY_MS);

const packet = (port: number, atMs: number): Captured => ({
  bytes: ether("0800", ip4(17, udp(port, 53))),
  atMs,
});

/** Two minutes of 20 conversations, a packet of each every second. */
const SECONDS = 120;
const QUIET_MS = SECONDS * 1000;
const TRAFFIC: readonly Captured[] = Array.from({ length: SECONDS }, (_, second) =>
  Array.from({ length: 20 }, (_, flow) => packet(100 + flow, second * 1000 + flow)),
).flat();

describe.each(PATHS)("a packet with a wrong stamp: %s", (_name, maxFlows, inWindow, fields) => {
  const run = (hook: (typeof HOOKS)[number], frames: readonly Captured[], piece = 50): [ReadRecord[], Metering] => {
    const metering = new Metering([hook], { maxFlows, bootMs: BOOT_MS + frames[0]!.atMs! }, inWindow);
    metering.engine.setFields(fields);
    for (let i = 0; i < frames.length; i += piece) metering.meter(frames.slice(i, i + piece));
    metering.engine.close(metering.engine.timeMs);
    return [readRecords(metering.read(hook).datagrams), metering];
  };

  it.each(AWAY_MS)("by %i ms, of a running flow: no record is longer than the capture", (awayMs) => {
    for (const hook of HOOKS) {
      for (const place of [0, 1, 700, TRAFFIC.length - 1]) {
        const stamped = TRAFFIC[place]!.atMs! + awayMs;
        const frames = TRAFFIC.toSpliced(place, 0, { ...TRAFFIC[place]!, atMs: stamped });
        const [flows] = run(hook, frames);
        const packets = flows.reduce((sum, flow) => sum + flow.packets, 0);
        expect([place, packets]).toEqual([place, frames.length]);
        for (const flow of flows) {
          expect(flow.lastMs - flow.firstMs).toBeGreaterThanOrEqual(0);
          expect(flow.lastMs - flow.firstMs).toBeLessThanOrEqual(QUIET_MS);
        }
        // Times are right, as a collector computes them from uptimes.
        const whole = flows.filter((flow) => flow.packets === SECONDS);
        for (const flow of whole) {
          const from = flow.firstMs - BOOT_MS;
          expect([hook, place, from, flow.lastMs - flow.firstMs]).toEqual([
            hook,
            place,
            flow.sourcePort - 100,
            QUIET_MS - 1000,
          ]);
        }
        // 19 flows are whole. The other one is in two parts around the packet, which is a record of its own.
        expect(whole.length).toBeGreaterThanOrEqual(19);
        expect(flows.length).toBeLessThanOrEqual(22);
      }
    }
  });

  it.each([30 * DAY_MS, -30 * DAY_MS])("by %i ms does not end the flows of others", (awayMs) => {
    const wild = new Set([400, 800, 1200, 1600]);
    const frames = TRAFFIC.flatMap((frame, i) => (wild.has(i) ? [packet(9, frame.atMs! + awayMs), frame] : [frame]));
    const [flows, metering] = run("export10", frames);
    expect(flows.filter((flow) => flow.packets === SECONDS)).toHaveLength(20);
    expect(metering.engine.counters()).toMatchObject({ implausibleTimestamps: 4, clockSteps: 0 });
  });

  it.each([30 * DAY_MS, -30 * DAY_MS, 400 * DAY_MS])("and those that agree on %i ms move time", (awayMs) => {
    const after = TRAFFIC.map((frame) => ({ ...frame, atMs: frame.atMs! + awayMs }));
    for (const hook of HOOKS) {
      const [flows, metering] = run(hook, [...TRAFFIC, ...after]);
      expect(flows.filter((flow) => flow.packets === SECONDS)).toHaveLength(40);
      for (const flow of flows) {
        const from = flow.firstMs - BOOT_MS - (flow.sourcePort - 100);
        expect([hook, [0, awayMs].includes(from), flow.lastMs - flow.firstMs]).toEqual([hook, true, QUIET_MS - 1000]);
      }
      expect(metering.engine.counters()).toMatchObject({
        packetsAccounted: 2 * TRAFFIC.length,
        clockSteps: awayMs < 0 ? 1 : 0,
      });
    }
  });

  it("after a gap, flows end while the capture goes on", () => {
    const later = TRAFFIC.map((frame) => ({ ...frame, atMs: frame.atMs! + 30 * MINUTES_MS }));
    const metering = new Metering(["export10"], { maxFlows }, inWindow);
    metering.engine.setFields(fields);
    metering.meter([packet(9, 0), ...later.slice(0, AGREEING_PACKETS - 1)]);
    expect(metering.engine.counters()).toMatchObject({ flowsActive: 21 });
    for (let i = AGREEING_PACKETS - 1; i < later.length; i += 50) metering.meter(later.slice(i, i + 50));
    expect(metering.engine.counters()).toMatchObject({ flowsActive: 20, recordsExported: 1, implausibleTimestamps: 1 });
  });
});
