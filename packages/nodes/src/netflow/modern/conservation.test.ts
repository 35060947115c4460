import { toHex, u32le, uintBe } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportHook } from "../flow-engine.ts";
import { type Captured, ether, type Fields, Metering, udp } from "../testing/metering.ts";
import { frameArbitrary } from "../testing/rich-frames.ts";
import { FIELD_GROUPS } from "./fields/field-groups.ts";

interface Sums {
  readonly packets: number;
  readonly bytes: number;
}

const NONE: Sums = { packets: 0, bytes: 0 };

function add(a: Sums, b: Sums): Sums {
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes };
}

/** What records say, in both directions where they have two. */
function sumsOf(flows: readonly Fields[]): Sums {
  const value = (flow: Fields, name: string): number => Number(flow[name] ?? 0);
  return flows.reduce(
    (sum: Sums, flow) =>
      add(sum, {
        packets: value(flow, "packetDeltaCount") + value(flow, "reversePacketDeltaCount"),
        bytes: value(flow, "octetDeltaCount") + value(flow, "reverseOctetDeltaCount"),
      }),
    NONE,
  );
}

/** What is cached, as `show` tells it. */
function cached({ engine }: Metering): Sums {
  let sum = NONE;
  for (const [version, entryBytes, at] of [
    [4, 72, 32],
    [6, 112, 72],
  ] as const) {
    let request = Uint8Array.of(version, ...Array.from({ length: 15 }, () => 0));
    do {
      const reply = engine.show(request)!;
      for (let i = 0; i < u32le(reply, 12); i++) {
        const entry = reply.slice(16 + i * entryBytes, 16 + (i + 1) * entryBytes);
        const number = (o: number): number => uintBe(entry.slice(o, o + 8).reverse(), 0, 8);
        sum = add(sum, { packets: number(at), bytes: number(at + 8) });
      }
      request = Uint8Array.of(version, 0, 0, 0, ...reply.slice(4, 12), 0, 0, 0, 0);
    } while (u32le(request, 4) !== 0);
  }
  return sum;
}

/** The metering of a trace, and what to do in between. */
interface Run {
  readonly frames: readonly Captured[];
  readonly fields: readonly string[];
  readonly maxFlows: number;
  readonly inactive: number;
  readonly active: number;
  readonly sampling: number;
  readonly piece: number;
  readonly tick: boolean;
}

const runArbitrary: fc.Arbitrary<Run> = fc.record({
  frames: fc
    .array(
      fc.tuple(
        frameArbitrary,
        fc.oneof(
          { weight: 6, arbitrary: fc.nat(1000) },
          { weight: 1, arbitrary: fc.integer({ min: -2000, max: 40_000 }) },
        ),
      ),
      { minLength: 1, maxLength: 100 },
    )
    .map((rows) => {
      let atMs = 5000;
      return rows.map(([bytes, gap]): Captured => {
        atMs = Math.max(0, atMs + gap);
        return { bytes, atMs, wireLength: bytes.length + (gap % 3) };
      });
    }),
  fields: fc.subarray([...FIELD_GROUPS]),
  maxFlows: fc.integer({ min: 1, max: 12 }),
  inactive: fc.nat(20),
  active: fc.nat(100),
  sampling: fc.constantFrom(0, 0, 1, 2, 5),
  piece: fc.integer({ min: 1, max: 40 }),
  tick: fc.boolean(),
});

function execute(hook: ExportHook, run: Run, maxFlows = run.maxFlows, look = true): string[] {
  const metering = new Metering([hook], { maxFlows });
  const { engine } = metering;
  engine.setTimeouts(run.inactive, run.active);
  engine.setFields(run.fields.join(","));
  if (run.sampling > 0) engine.setSampling(run.sampling === 5 ? 2 : 1, run.sampling, 9);
  for (let i = 0; i < run.frames.length; i += run.piece) {
    const part = run.frames.slice(i, i + run.piece);
    metering.meter(part);
    if (run.tick) engine.tick(1_700_000_000_000 + part.at(-1)!.atMs!);
  }
  // The partial datagram of v5 leaves with time only.
  if (look && hook !== "export") {
    // Partial datagrams leave, so that everything is either in a record that was sent or in the cache.
    engine.setMtu(1500);
    const { ipv4Packets, ipv6Packets, ipv4Bytes, ipv6Bytes } = engine.info();
    const ipv4 = { packets: ipv4Packets, bytes: ipv4Bytes };
    const ipv6 = { packets: ipv6Packets, bytes: ipv6Bytes };
    expect(add(cached(metering), sumsOf(metering.read(hook).flows))).toEqual(add(ipv4, ipv6));
  }
  const { flows, datagrams } = metering.end(hook);
  const counters = engine.counters();
  const info = engine.info();
  const ipv4 = { packets: info.ipv4Packets, bytes: info.ipv4Bytes };
  const ipv6 = { packets: info.ipv6Packets, bytes: info.ipv6Bytes };
  // v5 has no place for IPv6: those records are counted as discarded.
  expect(sumsOf(flows)).toEqual(hook === "export" ? ipv4 : add(ipv4, ipv6));
  expect(counters["packetsAccounted"]).toBe(ipv4.packets + ipv6.packets);
  expect(counters["bytesAccounted"]).toBe(ipv4.bytes + ipv6.bytes);
  const reasons = Object.entries(counters).filter(([name]) => /^packetsSkipped./.test(name));
  expect(reasons).toHaveLength(5);
  expect(reasons.reduce((sum, [, n]) => sum + n, 0)).toBe(counters["packetsSkipped"]);
  expect(counters["packetsAccounted"]! + counters["packetsSkipped"]! + counters["packetsNotSampled"]!).toBe(
    run.frames.length,
  );
  expect(counters).toMatchObject({
    flowsActive: 0,
    recordsExported: flows.length,
    datagramsExported: datagrams.length,
  });
  return datagrams.map((datagram) => toHex(datagram));
}

describe.each(["export", "export9", "export10"] as const)("conservation on %s", (hook) => {
  it("packets and bytes in = exported + cached + skipped by reason, whatever is metered and how", () => {
    fc.assert(
      fc.property(runArbitrary, (run) => {
        execute(hook, run);
      }),
      { numRuns: 300 },
    );
  });

  it("the same trace twice gives the same bytes, looked at or not, however it is cut into batches", () => {
    fc.assert(
      fc.property(runArbitrary, (run) => {
        const once = execute(hook, run, run.maxFlows, false);
        expect(execute(hook, run, run.maxFlows, false)).toEqual(once);
        if (!run.tick) expect(execute(hook, { ...run, piece: 1 }, run.maxFlows, false)).toEqual(once);
      }),
      { numRuns: 100 },
    );
  });

  it("a cache large enough for the WebAssembly meter conserves, and does what a small one does", () => {
    fc.assert(
      fc.property(runArbitrary, (run) => {
        expect(execute(hook, run, 16_384, false)).toEqual(execute(hook, run, 16_383, false));
      }),
      { numRuns: 40 },
    );
  });
});

describe("a flow of more bytes than the 32 bits of v5", () => {
  // 65,537 packets of 65,535 bytes are 2 to the 32nd and a little less than one more packet.
  const packets = 140_000;
  const frame = ether("0800", `4500ffff0001000040110000c0a80101c0a80102${udp(4000, 53)}`);
  const trace = Array.from({ length: packets }, (_, i): Captured => ({ bytes: frame, atMs: i / 100 }));

  it.each([
    ["TypeScript", 1000],
    ["the WebAssembly meter", 16_384],
  ])("is several records on every hook, none of them clipped: %s", (_name, maxFlows) => {
    const hooks: readonly ExportHook[] = ["export", "export9", "export10"];
    const metering = new Metering(hooks, { maxFlows });
    for (let i = 0; i < packets; i += 1000) metering.meter(trace.slice(i, i + 1000));
    metering.end("export");
    for (const hook of hooks) {
      const { flows } = metering.read(hook);
      expect(sumsOf(flows)).toEqual({ packets, bytes: packets * 65_535 });
      expect(flows.length).toBe(3);
      for (const flow of flows) expect(Number(flow["octetDeltaCount"])).toBeLessThan(2 ** 32);
    }
    expect(metering.engine.counters()).toMatchObject({ packetsAccounted: packets, bytesAccounted: packets * 65_535 });
  });

  it("is one record where no v5 is exported", () => {
    const metering = new Metering(["export9", "export10"], { maxFlows: 16_384 });
    metering.meter(trace);
    const { flows } = metering.end("export10");
    expect(flows.length).toBe(1);
    expect(sumsOf(flows)).toEqual({ packets, bytes: packets * 65_535 });
  });
});

describe("several collectors at once", () => {
  it.each([false, true])("conserve as one does, balanced: %s", (balanced) => {
    const hooks: readonly ExportHook[] = ["export10", "export10_1", "export10_2"];
    fc.assert(
      fc.property(runArbitrary, (run) => {
        const metering = new Metering(hooks, { maxFlows: run.maxFlows });
        const { engine } = metering;
        engine.setBalance(balanced);
        engine.setFields(run.fields.join(","));
        engine.setTimeouts(run.inactive, run.active);
        for (let i = 0; i < run.frames.length; i += run.piece) metering.meter(run.frames.slice(i, i + run.piece));
        metering.end("export10");
        const { ipv4Packets, ipv6Packets, ipv4Bytes, ipv6Bytes } = engine.info();
        const all = { packets: ipv4Packets + ipv6Packets, bytes: ipv4Bytes + ipv6Bytes };
        const sums = hooks.map((hook) => sumsOf(metering.read(hook).flows));
        if (balanced) expect(sums.reduce(add, NONE)).toEqual(all);
        else for (const sum of sums) expect(sum).toEqual(all);
      }),
      { numRuns: 100 },
    );
  });
});
