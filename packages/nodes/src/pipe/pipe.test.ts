import { PacketBatch } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { echo } from "../echo/echo.ts";
import { hub } from "../hub/hub.ts";
import { BenchGraph } from "../testing/bench-graph.ts";
import { createPipeType } from "./pipe.ts";
import { MAX_WAITING, MAX_WAITING_BYTES } from "./waiting-packets.ts";

/** The same numbers in every run (Mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function setUp(config: string): BenchGraph {
  const bench = new BenchGraph([createPipeType(seeded(7)), hub, echo]);
  bench.wire("pipe", ["u", "upper"], ["l", "lower"]);
  expect(bench.msg("u", "setcfg", config)).toBeUndefined();
  return bench;
}

/** An IPv4 packet from 10.0.0.`source`, of `bytes`. */
function packet(source: number, bytes: number): Uint8Array {
  const made = new Uint8Array(bytes);
  made.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, source, 10, 0, 1, 1]);
  return made;
}

function send(bench: BenchGraph, ...packets: Uint8Array[]): void {
  for (const each of packets) bench.graph.node(bench.socket.nodeId)!.hooks.get("u")!.send(PacketBatch.of(each));
}

/** Sources of the packets that arrive while `ms` pass, in steps of a millisecond. */
function sources(bench: BenchGraph, ms: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < ms; i++) {
    bench.graph.tick((bench.clock.ms += 1));
    for (const line of bench.take()) found.push(Number.parseInt(line.slice(2 + 30, 2 + 32), 16));
  }
  return found;
}

const count = (all: readonly number[], one: number): number => all.filter((each) => each === one).length;

describe("a pipe", () => {
  it("loses as many packets as the error rate says", () => {
    // (1 - 1/8000) ^ (8 * 100) = 0.905 of the packets are whole.
    const bench = setUp("{ downstream={ BER=8000 } }");
    for (let i = 0; i < 4000; i++) send(bench, packet(1, 100));
    const arrived = bench.take().length;
    expect(arrived / 4000).toBeGreaterThan(0.885);
    expect(arrived / 4000).toBeLessThan(0.925);
    expect(bench.counters("u")["bitErrors"]).toBe(4000 - arrived);
  });

  it("doubles as many packets as it is told to", () => {
    const bench = setUp("{ downstream={ duplicate=20 } }");
    for (let i = 0; i < 4000; i++) send(bench, packet(1, 100));
    const arrived = bench.take().length;
    expect(bench.counters("u")["duplicates"]).toBe(arrived - 4000);
    // Every copy may be doubled again: 0.2 / 0.8 of the packets.
    expect((arrived - 4000) / 4000).toBeGreaterThan(0.22);
    expect((arrived - 4000) / 4000).toBeLessThan(0.28);
  });

  it("passes as much as the bandwidth allows, however much comes", () => {
    const bench = setUp("{ bandwidth=1000000 overhead=-1 downstream={ queuelen=1000 } }");
    for (let i = 0; i < 200; i++) send(bench, packet(1, 1250));
    // 10 ms each.
    expect(sources(bench, 500).length).toBe(50);
    expect(sources(bench, 1500).length).toBe(150);
    expect(bench.counters("u")).toMatchObject({ waiting: 0, queueFull: 0 });
  });

  it.each(["drr=1500", "wfq=1"])("shares the line fairly between flows with %s, by bytes", (discipline) => {
    const bench = setUp(`{ bandwidth=1000000 overhead=-1 downstream={ queuelen=1000 ${discipline} } }`);
    for (let i = 0; i < 200; i++) send(bench, packet(1, 1250));
    for (let i = 0; i < 100; i++) send(bench, packet(2, 250));
    const first = sources(bench, 300);
    const [big, small] = [count(first, 1) * 1250, count(first, 2) * 250];
    expect(small / big).toBeGreaterThan(0.6);
    expect(small / big).toBeLessThan(1.4);
    expect(sources(bench, 3000).length + first.length).toBe(300);
  });

  it("serves one flow after the other without a discipline", () => {
    const bench = setUp("{ bandwidth=1000000 overhead=-1 downstream={ queuelen=1000 } }");
    for (let i = 0; i < 20; i++) send(bench, packet(1, 1250));
    send(bench, packet(2, 250));
    expect(count(sources(bench, 150), 2)).toBe(0);
    expect(sources(bench, 100).at(-1)).toBe(2);
  });

  it("takes the queue of the flow that has most, when too many wait", () => {
    const bench = setUp("{ bandwidth=100 downstream={ queuelen=10 drr=1500 } }");
    send(bench, packet(2, 100), packet(2, 100));
    for (let i = 0; i < 30; i++) send(bench, packet(1, 100));
    // One is on the line.
    expect(bench.counters("u")).toMatchObject({ queueFull: 21, waiting: 11 });
    expect(count(sources(bench, 200_000), 2)).toBe(2);
  });

  it("bounds what waits, in packets and in bytes", () => {
    const many = setUp("{ delay=1000000 }");
    for (let i = 0; i < MAX_WAITING + 10; i++) send(many, packet(1, 20));
    expect(many.counters("u")).toMatchObject({ waiting: MAX_WAITING, queueFull: 10 });
    many.graph.tick((many.clock.ms += 1001));
    expect(many.take().length).toBe(MAX_WAITING);
    const big = setUp("{ delay=1000000 downstream={ queuelen=-1 } }");
    const fit = Math.floor(MAX_WAITING_BYTES / 60_000);
    for (let i = 0; i < fit + 3; i++) send(big, packet(1, 60_000));
    expect(big.counters("u")).toMatchObject({ waiting: fit, queueFull: 3 });
  });

  it("does not run away when its packets come back", () => {
    const bench = new BenchGraph([createPipeType(seeded(7)), hub, echo]);
    bench.wire("pipe", ["u", "upper"]);
    bench.msg("u", "setcfg", "{ delay=1 downstream={ queuelen=-1 } }");
    bench.msg(".", "mkpeer", '{ type="hub" ourhook="h" peerhook="x" }');
    expect(bench.msg("u", "connect", '{ path="lower" ourhook="lower" peerhook="a" }')).toBe(2);
    expect(bench.msg("h", "name", '{ name="h" }')).toBeUndefined();
    expect(bench.msg("u", "connect", '{ path="h:" ourhook="lower" peerhook="a" }')).toBeUndefined();
    expect(bench.msg("h", "mkpeer", '{ type="echo" ourhook="e" peerhook="y" }')).toBeUndefined();
    send(bench, packet(1, 100));
    for (let i = 0; i < 5; i++) bench.graph.tick((bench.clock.ms += 1));
    expect(bench.counters("u")["waiting"]).toBeLessThan(64);
  });

  it("is made again with its settings", () => {
    const bench = setUp("{ bandwidth=20000000 delay=300 overhead=-1 downstream={ queuelen=-1 drr=64 drophead=1 } }");
    const node = bench.graph.resolve(bench.graph.node(bench.socket.nodeId), "u");
    const shown = bench.msg("u", "getcfg");
    const [setting] = node.behaviour.settings!();
    bench.msg("u", "setcfg", "{ bandwidth=-1 delay=-1 downstream={ queuelen=9 fifo=1 droptail=1 } }");
    expect(bench.msg("u", "getcfg")).not.toEqual(shown);
    expect(bench.apply("u", [setting!])).toEqual([0]);
    expect(bench.msg("u", "getcfg")).toEqual(shown);
  });
});
