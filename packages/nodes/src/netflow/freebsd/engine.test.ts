import { toHex } from "@ngflow/base";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Observation } from "../flow-engine.ts";
import { batchOf, type TestPacket } from "../testing/frames.ts";
import { Collected } from "../testing/read-records.ts";
import { FreebsdEngine } from "./engine.ts";

const BOOT_MS = 1_700_000_000_000;
const WHERE: Observation = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 3, conf: 1, hasOpposite: true };
const INACTIVE_S = 4;
const ACTIVE_S = 20;

/** A packet, and the seconds since the one before. */
type Step = readonly [packet: TestPacket, afterS: number];

/** Meters packets with a tick at every second, or with those that have an effect. */
function meter(steps: readonly Step[], skip: boolean) {
  let second = 0;
  const nowMs = (): number => BOOT_MS + second * 1000;
  const engine = new FreebsdEngine(
    { nowMs, monotonicMs: nowMs },
    { maxFlows: 1000, observationDomainId: 7, bootMs: BOOT_MS },
  );
  const out = new Collected();
  engine.setTimeouts(INACTIVE_S, ACTIVE_S);
  engine.setExport("export", out);
  let tick = 1;
  let ticks = 0;
  for (const [packet, afterS] of steps) {
    second += afterS;
    for (; tick <= second; tick++) {
      const nowMs = BOOT_MS + tick * 1000;
      if (skip && nowMs < engine.idleUntilMs && tick < second) continue;
      engine.tick(nowMs);
      ticks++;
    }
    engine.account(batchOf([{ ...packet, timeUs: (BOOT_MS + second * 1000) * 1000 }]), WHERE);
  }
  engine.close(BOOT_MS + second * 1000);
  return { ticks, datagrams: out.datagrams.map((datagram) => toHex(datagram)), counters: engine.counters() };
}

const steps = fc.array(
  fc.tuple(
    fc.record({
      version: fc.constantFrom<4 | 6>(4, 6),
      flow: fc.integer({ min: 1, max: 5 }),
      protocol: fc.constant(17),
      tcpFlags: fc.constant(0),
      tos: fc.constant(0),
      bytes: fc.constant(100),
      timeUs: fc.constant(0),
    }),
    fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.integer({ min: 7, max: 60 })),
  ),
  { minLength: 1, maxLength: 60 },
);

it("exports the same without the ticks that it says have no effect", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const { ticks, ...all } = meter(steps, false);
      const { ticks: least, ...skipped } = meter(steps, true);
      expect(skipped).toEqual(all);
      expect(least).toBeLessThanOrEqual(ticks);
      expect(least).toBeLessThanOrEqual(4 * steps.length);
    }),
    { numRuns: 40 },
  );
});

it("counts flows that begin, and those that leave for no hook of their family", () => {
  const packet = { flow: 1, protocol: 17, tcpFlags: 0, tos: 0, bytes: 100, timeUs: 0 };
  const nowMs = (): number => BOOT_MS;
  const engine = new FreebsdEngine(
    { nowMs, monotonicMs: nowMs },
    { maxFlows: 1000, observationDomainId: 7, bootMs: BOOT_MS },
  );
  // Without export9 the kernel's node does not look at IPv6.
  engine.setExport("export9", new Collected());
  engine.account(batchOf([4, 4, 6].map((version, i) => ({ ...packet, version: version as 4 | 6, flow: i }))), WHERE);
  engine.setExport("export9", null);
  engine.setExport("export", new Collected());
  expect(engine.counters()).toMatchObject({ flowsCreated: 3, flowsActive: 3, recordsDiscarded: 0 });
  engine.close(BOOT_MS);
  expect(engine.counters()).toMatchObject({ flowsActive: 0, recordsExported: 2, recordsDiscarded: 1 });
});
