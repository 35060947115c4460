import { describe, expect, it } from "vitest";
import type { EngineContext, ExportHook, FlowEngine, NetflowOptions, Observation } from "./flow-engine.ts";
import { FreebsdEngine } from "./freebsd/engine.ts";
import { ModernEngine } from "./modern/engine.ts";
import { batchOf } from "./testing/frames.ts";
import { Collected, readRecords } from "./testing/read-records.ts";

const BOOT_MS = 1_700_000_000_000;
const DAY_MS = 86_400_000;
const WHERE: Observation = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 3, conf: 1, hasOpposite: true };
const INACTIVE_S = 4;
const ACTIVE_S = 60;
const TICK_MS = 250;

/** Engines with the resolution of their times. The first v9 datagram of profile freebsd has no template. */
const ENGINES: Readonly<
  Record<
    string,
    {
      create(context: EngineContext, options: NetflowOptions): FlowEngine;
      readonly hook: ExportHook;
      readonly unitMs: number;
    }
  >
> = {
  "modern, with the WebAssembly meter": {
    create: (context, options) => new ModernEngine(context, { ...options, maxFlows: 16_384 }),
    hook: "export9",
    unitMs: 1,
  },
  "modern, without it": {
    create: (context, options) => new ModernEngine(context, options),
    hook: "export9",
    unitMs: 1,
  },
  "modern, both directions in a record": {
    create(context, options) {
      const engine = new ModernEngine(context, options);
      engine.setFields("biflow");
      return engine;
    },
    hook: "export9",
    unitMs: 1,
  },
  freebsd: { create: (context, options) => new FreebsdEngine(context, options), hook: "export", unitMs: 1000 },
};

/** An engine whose clock can be set. */
class Machine {
  passedMs = 0;
  aheadMs = 0;
  readonly out = new Collected();
  readonly engine: FlowEngine;

  constructor(create: (context: EngineContext, options: NetflowOptions) => FlowEngine, hook: ExportHook) {
    const context = { nowMs: () => this.nowMs, monotonicMs: () => this.passedMs };
    this.engine = create(context, { maxFlows: 1000, observationDomainId: 7, bootMs: BOOT_MS });
    this.engine.setTimeouts(INACTIVE_S, ACTIVE_S);
    this.engine.setExport(hook, this.out);
  }

  get nowMs(): number {
    return BOOT_MS + this.passedMs + this.aheadMs;
  }

  /** A packet of a flow, stamped with the clock or with another time. */
  packet(flow: number, timeMs = this.nowMs): void {
    const packet = { version: 4, flow, protocol: 17, tos: 0, tcpFlags: 0, bytes: 100, timeUs: timeMs * 1000 } as const;
    this.engine.account(batchOf([packet]), WHERE);
  }

  pass(ms: number, each: () => void = () => {}): void {
    for (const endMs = this.passedMs + ms; this.passedMs < endMs;) {
      this.passedMs += TICK_MS;
      if (this.passedMs % this.engine.tickIntervalMs === 0) this.engine.tick(this.nowMs);
      if (this.passedMs % 1000 === 0) each();
    }
  }

  /** Ends all flows. Returns what a collector reads. */
  read() {
    this.engine.close(this.nowMs);
    return readRecords(this.out.datagrams).toSorted((a, b) => a.firstMs - b.firstMs);
  }
}

const STEPS = [400, -400, 45, -45, 1 / 24, -1 / 24].map((days) => days * DAY_MS);

describe.each(Object.entries(ENGINES))("a clock that is set (%s)", (_name, { create, hook, unitMs }) => {
  it.each(STEPS)("by %i ms does not change how long flows are", (stepMs) => {
    const machine = new Machine(create, hook);
    machine.pass(5000, () => machine.packet(1));
    machine.aheadMs = stepMs;
    machine.pass(5000, () => machine.packet(1));
    machine.pass(INACTIVE_S * 1000 + 5000);
    const [record, ...others] = machine.read();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ packets: 10 });
    expect(record!.lastMs - record!.firstMs).toBe(9000);
    // Whole seconds of uptime and of the clock may differ by one.
    expect(Math.abs(record!.lastMs - (BOOT_MS + 10_000 + stepMs))).toBeLessThanOrEqual(unitMs === 1 ? 0 : unitMs);
    expect(machine.engine.counters()["clockSteps"]).toBe(1);
  });

  it.each(STEPS)("by %i ms makes no long flow of packets that were stamped before", (stepMs) => {
    const machine = new Machine(create, hook);
    machine.pass(3000, () => machine.packet(1));
    const beforeMs = machine.nowMs;
    machine.aheadMs = stepMs;
    // Some come before the engine looks at the clock, and some after; a new flow is among them.
    for (const flow of [1, 1, 2]) machine.packet(flow, beforeMs);
    machine.packet(1);
    machine.packet(3);
    machine.pass(TICK_MS);
    for (const flow of [1, 1, 2, 4]) machine.packet(flow, beforeMs);
    machine.pass(3000, () => machine.packet(1));
    machine.pass(INACTIVE_S * 1000 + 5000);
    const records = machine.read();
    expect(records.reduce((sum, { packets }) => sum + packets, 0)).toBe(3 + 5 + 4 + 3);
    for (const { firstMs, lastMs } of records) {
      expect(lastMs - firstMs).toBeGreaterThanOrEqual(0);
      expect(lastMs - firstMs).toBeLessThanOrEqual(10_000);
    }
    expect(machine.engine.counters()["flowsActive"]).toBe(0);
  });

  it.each(STEPS)("by %i ms does not hold up expiry or templates", (stepMs) => {
    const machine = new Machine(create, hook);
    machine.engine.setTemplate(30, 1_000_000);
    machine.pass(3000, () => machine.packet(1));
    machine.aheadMs = stepMs;
    machine.pass(20_000);
    const before = machine.out.datagrams.length;
    for (let flow = 2; flow < 12; flow++) {
      machine.packet(flow);
      machine.pass(12_000);
    }
    expect(machine.engine.counters()["recordsExported"]).toBe(11);
    // The template set is the first of a datagram that has one.
    const after = machine.out.datagrams.slice(before);
    if (hook === "export9")
      expect(after.filter((datagram) => datagram[20] === 0 && datagram[21] === 0).length).toBeGreaterThan(2);
    expect(machine.read()).toHaveLength(11);
  });
});
