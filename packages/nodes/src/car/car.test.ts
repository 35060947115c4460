import { PacketBatch } from "@ngflow/base";
import { settingOf } from "@ngflow/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { hub } from "../hub/hub.ts";
import { car } from "./car.ts";
import { type CarConfig, configType, type DirectionConfig } from "./car-types.ts";
import { CarModel } from "./testing/car-model.ts";

const OPEN = "{ cbs=1 greenAction=1 yellowAction=1 redAction=1 }";

function setUp(downstream?: string): BenchGraph {
  const bench = new BenchGraph([car, hub]);
  expect(bench.wire("car", ["u", "upper"], ["l", "lower"])).toBe(0);
  const config = `{ downstream={ ${downstream} } upstream=${OPEN} }`;
  if (downstream !== undefined) expect(bench.msg("u", "setconf", config)).toBeUndefined();
  return bench;
}

/** Sends packets of these lengths into `upper` as one batch; the first two bytes of each are its number. */
function send(bench: BenchGraph, lengths: readonly number[], first = 0): void {
  const batch = new PacketBatch(lengths.length, new Uint8Array(lengths.reduce((sum, length) => sum + length, 0)));
  let at = 0;
  for (const [i, length] of lengths.entries()) {
    batch.buffer[at] = (first + i) >>> 8;
    batch.buffer[at + 1] = (first + i) & 0xff;
    batch.push(at, length, length, 0);
    at += length;
  }
  bench.graph.node(bench.socket.nodeId)!.hooks.get("u")!.send(batch);
}

/** Numbers of the packets that have arrived at `l`. */
function numbers(bench: BenchGraph): number[] {
  return bench.take().map((line) => Number.parseInt(line.slice(2, 6), 16));
}

/** Lets time pass in ticks of a millisecond. */
function pass(bench: BenchGraph, ms: number, tick: (nowMs: number) => void = () => {}): void {
  for (let i = 0; i < ms; i++) {
    bench.graph.tick((bench.clock.ms += 1));
    tick(bench.clock.ms);
  }
}

const actions = fc.constantFrom(1, 1, 1, 2, 3, 4, 0);
const burst = fc.oneof(fc.bigInt({ min: 0n, max: 4000n }), fc.constantFrom(1n << 40n, 3n));
const rate = fc.oneof(
  fc.bigInt({ min: 1n, max: 3_000_000n }),
  fc.constantFrom(1n, 8000n, 999_999_999n, 1_000_000_000n),
);

const directionConfig: fc.Arbitrary<DirectionConfig> = fc
  .record({
    cbs: burst,
    ebs: burst,
    cir: rate,
    pir: fc.oneof(rate, fc.constant(0n)),
    greenAction: actions,
    yellowAction: actions,
    redAction: actions,
    mode: fc.constantFrom(0, 1, 2, 2, 3, 3, 4),
    opt: fc.constantFrom(0, 0, 1, 2, 3),
  })
  .map((config) => ((config.opt & 2) === 0 ? config : { ...config, cir: (config.cir % 9000n) + 1n }));

/** Times after which packets come in, and their lengths; now and then new settings. */
const train = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 60 }), fc.constantFrom(1000, 3000)),
    lengths: fc.array(fc.integer({ min: 2, max: 1500 }), { maxLength: 40 }),
    config: fc.option(directionConfig, { freq: 6, nil: undefined }),
  }),
  { maxLength: 25 },
);

describe("a car node and the kernel's source", () => {
  it("pass, drop, delay and count the same packets of any train", () => {
    let queued = 0;
    fc.assert(
      fc.property(directionConfig, train, (config, script) => {
        const bench = new BenchGraph([car]);
        bench.wire("car", ["u", "upper"], ["l", "lower"]);
        const model = new CarModel(bench.clock.ms);
        const configure = (downstream: DirectionConfig): void => {
          const both: CarConfig = { downstream, upstream: { ...downstream, mode: 0 } };
          const { errno, down } = CarModel.checked(both);
          expect(bench.apply("u", [settingOf("setconf", configType, both)])).toEqual([errno]);
          if (errno === 0) model.setconf(down);
        };
        configure(config);
        let sent = 0;
        for (const { waitMs, lengths, config: next } of script) {
          pass(bench, waitMs, (nowMs) => model.tick(nowMs));
          if (next !== undefined) configure(next);
          send(bench, lengths, sent);
          for (const length of lengths) model.receive({ id: sent++, length: BigInt(length) }, bench.clock.ms);
          queued = Math.max(queued, model.waiting);
          expect(numbers(bench)).toEqual(model.take());
          expect(bench.counters("u")["waiting"]).toBe(model.waiting);
        }
        const node = bench.graph.resolve(bench.graph.node(bench.socket.nodeId), "u");
        const reply = car.messages.find(({ name }) => name === "getstats")!;
        expect(reply.run!(node.behaviour, undefined, undefined as never)).toMatchObject({ downstream: model.stats });
      }),
      { numRuns: 150 },
    );
    // The trains are such that queues do fill.
    expect(queued).toBeGreaterThan(20);
  });

  it.each([
    ["mode=0 opt=2 cir=18014398509481984 cbs=1", 0],
    ["opt=2 cir=976563 cbs=1", 22],
    ["opt=2 cir=976562 cbs=1", 0],
    ["cir=1000000001 cbs=1", 22],
    ["cir=1000000000 pir=1000000000 cbs=1", 0],
    ["pir=1000000001 cbs=1", 22],
    ["cir=1", 22],
    ["cir=1 ebs=1", 0],
    ["mode=3 cbs=1", 22],
    ["mode=3 cbs=1 cir=1", 0],
    ["cbs=0x8000000000000000", 0],
  ])("take or refuse the setting %s", (setting, errno) => {
    const bench = setUp();
    const config = `{ upstream={ ${setting} } downstream=${OPEN} }`;
    expect(bench.msg("u", "setconf", config) ?? 0).toBe(errno);
    const swapped = `{ downstream={ ${setting} } upstream=${OPEN} }`;
    expect(bench.msg("u", "setconf", swapped) ?? 0).toBe(errno);
  });
});

describe("by hand", () => {
  it("single rate: what the committed burst cannot hold fills the excess burst", () => {
    // 8000 bits per second are a byte per millisecond; ten milliseconds are 10485 / 2^20 s, which make nine bytes.
    const bench = setUp("cbs=10 ebs=5 cir=8000 greenAction=1 yellowAction=1 redAction=2");
    send(bench, [6, 6, 5]);
    expect(numbers(bench)).toEqual([0, 2]);
    pass(bench, 10);
    // 4 + 9 = 13: 10 committed, 3 excess. 6 and 3 are green, the first 2 yellow, the second red.
    send(bench, [6, 3, 2, 2]);
    expect(numbers(bench)).toEqual([0, 1, 2]);
    expect(bench.msg("u", "getclrstats")).toBe("{ downstream={ passed=5 dropped=2 green=3 yellow=2 red=2 } }");
    expect(bench.counters("u")).toMatchObject({ green: 3, yellow: 2, red: 2, dropAction: 2 });
  });

  it("double rate: both buckets fill, each at its own rate", () => {
    const bench = setUp("cbs=8 ebs=20 cir=8000 pir=80000 greenAction=1 yellowAction=1 redAction=2 mode=1");
    send(bench, [8, 20, 2]);
    expect(numbers(bench)).toEqual([0, 1]);
    pass(bench, 2);
    // 2097 / 2^20 s: 1 byte committed, 19 at the peak rate.
    send(bench, [19, 2]);
    expect(numbers(bench)).toEqual([0]);
    expect(bench.msg("u", "getstats")).toBe("{ downstream={ passed=3 dropped=2 green=1 yellow=2 red=2 } }");
  });

  it("RED: drops one when the excess burst is used up, and then starts again", () => {
    const bench = setUp("cbs=100 ebs=400 cir=1 greenAction=1 yellowAction=1 redAction=2 mode=2");
    // Green, then 100 bytes missing, then 200: 300 of 400 are used up. 300 more are too many; then they are the first.
    send(bench, [100, 100, 100, 100, 100]);
    expect(numbers(bench)).toEqual([0, 1, 2, 4]);
    expect(bench.msg("u", "getstats")).toBe("{ downstream={ passed=4 dropped=1 green=1 yellow=3 red=1 } }");
  });

  it("shape: sends what waits at the rate, and drops what the queue has no room for", () => {
    // A packet of 100 bytes in 100 ms.
    const bench = setUp("cbs=100 ebs=1 cir=8000 greenAction=1 yellowAction=1 redAction=2 mode=3");
    send(bench, [100, 100, 100]);
    expect(numbers(bench)).toEqual([0]);
    expect(bench.counters("u")).toMatchObject({ waiting: 2, yellow: 2 });
    // Tokens of a millisecond are cut off to whole ones only when they are counted: after 101 ms there are 100.
    pass(bench, 100);
    expect(numbers(bench)).toEqual([]);
    pass(bench, 1);
    expect(numbers(bench)).toEqual([1]);
    pass(bench, 101);
    expect(numbers(bench)).toEqual([2]);
    expect(bench.counters("u")).toMatchObject({ waiting: 0 });
    expect(bench.graph.tick(bench.clock.ms)).toBe(Number.POSITIVE_INFINITY);
  });

  it("packets: a burst of 100 reads as 97, and is made again as 100", () => {
    const bench = setUp("cir=5000 cbs=100 ebs=100 mode=2 greenAction=1 yellowAction=1 redAction=2 opt=2");
    expect(bench.msg("u", "getconf")).toContain("downstream={ cbs=97 ebs=97 cir=5000 greenAction=1");
    const node = bench.graph.resolve(bench.graph.node(bench.socket.nodeId), "u");
    const [setting] = node.behaviour.settings!();
    expect(configType.read(setting!.data).downstream).toMatchObject({ cbs: 100n, ebs: 100n, cir: 5000n });
    send(
      bench,
      Array.from({ length: 98 }, () => 1500),
    );
    // 12500 tokens: 97 packets of 128 are green.
    expect(bench.msg("u", "getstats")).toContain("green=97 yellow=1");
  });
});

describe("hooks and queues", () => {
  const SHAPED = "cbs=10 ebs=1 cir=80 greenAction=1 yellowAction=1 redAction=2 mode=3";

  it("loses what waits when its hook goes, and starts its statistics again", () => {
    const bench = setUp(SHAPED);
    send(bench, [10, 10, 10]);
    bench.msg(".", "rmhook", '{ hook="u" }');
    expect(bench.counters("l")).toMatchObject({ waiting: 0, unconnected: 2, green: 1, yellow: 2 });
    expect(bench.graph.tick((bench.clock.ms += 60_000))).toBe(Number.POSITIVE_INFINITY);
    expect(numbers(bench)).toEqual([0]);
    expect(bench.socket.sendAscii(".", "connect", '{ path="l" ourhook="u" peerhook="upper" }').errno).toBe(0);
    expect(bench.msg("l", "getstats")).toBe("{}");
    expect(bench.msg("l", "getconf")).toContain("cir=80");
  });

  it("counts what it cannot send as passed and as an error, as the kernel does", () => {
    const bench = setUp(SHAPED);
    send(bench, [10, 10]);
    numbers(bench);
    bench.msg(".", "rmhook", '{ hook="l" }');
    pass(bench, 1100);
    expect(bench.msg("u", "getstats")).toBe("{ downstream={ passed=2 green=1 yellow=1 errors=1 } }");
    expect(bench.counters("u")).toMatchObject({ waiting: 0, unconnected: 1 });
  });

  it("goes on when the rate becomes 0 while packets wait, and after that again", () => {
    const bench = setUp(SHAPED);
    send(bench, [10, 10, 10, 10]);
    numbers(bench);
    bench.msg("u", "setconf", `{ downstream={ cbs=5 cir=0 greenAction=1 } upstream=${OPEN} }`);
    pass(bench, 3000);
    // The burst of five pays the first one's debt; the next one takes the tokens below 0, and none come.
    expect(numbers(bench)).toEqual([1]);
    expect(bench.counters("u")).toMatchObject({ waiting: 2 });
    bench.msg("u", "setconf", `{ downstream={ cbs=100 cir=8000 greenAction=1 } upstream=${OPEN} }`);
    pass(bench, 1100);
    expect(numbers(bench)).toEqual([2, 3]);
  });

  it("refuses other hooks", () => {
    expect(new BenchGraph([car]).wire("car", ["x", "middle"])).toBe(22);
  });
});
