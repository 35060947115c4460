import { describe, expect, it } from "vitest";
import type { AgedState } from "./collector-watch.ts";
import { Readiness } from "./readiness.ts";

function setUp(collects = false) {
  const now = { ms: 0, storeOk: true, state: null as AgedState | null };
  const readiness = new Readiness({
    watchdog: { ages: () => [{ part: "store", ageMs: 12_000, ok: now.storeOk }] },
    collector: () => Promise.resolve(now.state),
    collects,
    monotonicMs: () => now.ms,
  });
  const reasons = async (): Promise<string[]> =>
    (await readiness.checks()).flatMap(({ check, reason }) => (reason === null ? [] : [`${check}: ${reason}`]));
  return { now, readiness, reasons };
}

function collector(spoolFill = 0, writeErrors = 0, ageMs = 10): AgedState {
  return {
    pid: 1,
    ports: [2055],
    udp: [],
    collector: { counters: {}, lastSeenMs: null },
    spool: { counters: { writeErrors }, lastSeenMs: null },
    spoolFill,
    threads: {},
    parts: [],
    snmp: null,
    names: [],
    ageMs,
  };
}

describe("readiness", () => {
  it("names every check, and is ready while all is well", async () => {
    const { now, readiness, reasons } = setUp();
    now.state = collector();
    expect(await readiness.checks()).toEqual([
      { check: "store", ok: true, reason: null },
      { check: "listener", ok: true, reason: null },
      { check: "spool", ok: true, reason: null },
    ]);
    now.storeOk = false;
    expect(await reasons()).toEqual(["store: the database has not answered for 12 s"]);
    readiness.stop();
    expect((await reasons())[0]).toBe("daemon: it is stopping");
  });

  it("misses a collector that belongs to it or that has run, and no other", async () => {
    const alone = setUp();
    expect(await alone.reasons()).toEqual([]);
    alone.now.state = collector();
    expect(await alone.reasons()).toEqual([]);
    alone.now.state = null;
    expect(await alone.reasons()).toEqual(["listener: no collector runs"]);
    expect(await setUp(true).reasons()).toEqual(["listener: no collector runs"]);
    alone.now.state = collector(0, 0, 8400);
    expect(await alone.reasons()).toEqual(["listener: the collector has not answered for 8 s"]);
    alone.now.state = { ...collector(), ports: [] };
    expect(await alone.reasons()).toEqual(["listener: the collector listens on no address"]);
  });

  it("is not ready while the spool is full, or cannot be written", async () => {
    const { now, reasons } = setUp();
    now.state = collector(0.94);
    expect(await reasons()).toEqual([]);
    now.state = collector(0.96);
    expect(await reasons()).toEqual(["spool: it is full: flows are refused until the store has taken some"]);
    now.state = collector(0, 1);
    expect(await reasons()).toEqual(["spool: it cannot be written: see the collector's log"]);
    now.ms = 9999;
    expect(await reasons()).toHaveLength(1);
    now.ms = 10_000;
    expect(await reasons()).toEqual([]);
  });
});
