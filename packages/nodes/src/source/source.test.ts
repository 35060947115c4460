import { E, fromHex, PacketBatch } from "@ngflow/base";
import { type Hook } from "@ngflow/graph";
import { beforeEach, expect, it } from "vitest";
import { attachEther } from "../ether/attach-ether.ts";
import { ether } from "../ether/ether.ts";
import { SimulatedInterface } from "../ether/simulated-interface.ts";
import { BenchGraph } from "../testing/bench-graph.ts";
import { MAX_BYTES, MAX_PACKETS } from "./packet-store.ts";
import { createSourceType } from "./source.ts";

let bench: BenchGraph;
beforeEach(() => {
  bench = new BenchGraph([ether, createSourceType((name) => name === "em7")]);
  expect(bench.wire("source", ["in", "input"], ["out", "output"])).toBe(0);
});

/** Lets time pass, the graph's timers being looked at every `stepMs`. Returns the packets that arrived. */
function pass(ms: number, stepMs = 1): (string | number)[] {
  for (let i = 0; i < ms; i += stepMs) bench.graph.tick((bench.clock.ms += stepMs));
  return bench.take();
}

it("stores what arrives and sends it round and round at the given rate", () => {
  for (const hex of ["01", "0202", "03"]) expect(bench.write("in", hex)).toEqual([]);
  expect(bench.msg("in", "setpps", "100")).toBeUndefined();
  expect(bench.msg("in", "start", "5")).toBeUndefined();
  expect(pass(9)).toEqual([]);
  expect(pass(1)).toEqual(["out 01"]);
  expect(pass(30)).toEqual(["out 0202", "out 03", "out 01"]);
  expect(pass(1000)).toEqual(["out 0202"]);
  expect(bench.msg("in", "getstats")).toBe(
    "{ outOctets=7 outFrames=5 queueOctets=4 queueFrames=3 maxPps=100" +
      " startTime={ tv_sec=1700000000 } endTime={ tv_sec=1700000000 tv_usec=50000 }" +
      " elapsedTime={ tv_usec=50000 } lastTime={ tv_sec=1700000000 tv_usec=50000 } }",
  );
  expect(bench.counters("in")).toMatchObject({ queueFrames: 3, queueOctets: 4, sentFrames: 5, sentOctets: 7 });
});

it("keeps the rate however rarely it is asked, and what arrives meanwhile waits for its turn", () => {
  bench.write("in", "01");
  bench.write("in", "02");
  bench.msg("in", "setpps", "30");
  bench.msg("in", "start", "1000");
  expect(pass(100, 50)).toEqual(["out 01", "out 02", "out 01"]);
  bench.write("in", "03");
  expect(pass(150, 50)).toEqual(["out 02", "out 01", "out 03", "out 02"]);
  expect(pass(10_000, 50)).toHaveLength(300);
});

it("stops when told, and can be started again", () => {
  bench.write("in", "01");
  bench.msg("in", "setpps", "1000");
  bench.msg("in", "start", "1000");
  expect(bench.msg("in", "start", "1000")).toBe(E.EBUSY);
  expect(pass(3)).toHaveLength(3);
  bench.msg("in", "stop");
  expect(pass(1000)).toEqual([]);
  bench.msg("in", "start", "2");
  expect(pass(1000)).toHaveLength(2);
  expect(bench.msg("in", "getclrstats")).toContain("outFrames=5");
  expect(bench.msg("in", "getstats")).toBe("{ queueOctets=1 queueFrames=1 }");
  bench.msg("in", "clrdata");
  expect(bench.msg("in", "getstats")).toBe("{}");
  bench.msg("in", "setpps", "1000");
  bench.msg("in", "start", "2");
  expect(pass(10)).toEqual([]);
});

it("needs a rate or an interface", () => {
  bench.write("in", "01");
  expect(bench.msg("in", "start", "1")).toBe(E.ENXIO);
  expect(bench.msg("in", "setiface", '"em8"')).toBe(E.EINVAL);
  expect(bench.msg("in", "setiface", '""')).toBe(E.EINVAL);
  expect(bench.msg("in", "setiface", '"em7"')).toBeUndefined();
  expect(bench.msg("in", "start", "10000")).toBeUndefined();
  expect(pass(1)).toHaveLength(4096);
  expect(pass(2)).toHaveLength(10_000 - 4096);
});

it("learns its interface from the ether node at its output, and has it keep source addresses", () => {
  const iface = new SimulatedInterface("em0", 1, Uint8Array.of(2, 0, 0, 0, 0, 1));
  const sent: number[] = [];
  attachEther(bench.graph, Object.assign(iface, { transmit: (batch: PacketBatch) => (sent.push(batch.count), 0) }));
  bench.msg("em0:", "setautosrc", "1");
  const hooks = 'ourhook="lower" peerhook="output"';
  expect(bench.socket.sendAscii("em0:", "mkpeer", `{ type="source" ${hooks} }`).errno).toBe(0);
  expect(bench.msg("em0:", "getautosrc")).toBe("0");
  bench.socket.sendAscii(".", "connect", '{ path="em0:lower" ourhook="feed" peerhook="input" }');
  bench.write("feed", "00".repeat(14));
  expect(bench.msg("feed", "start", "3")).toBeUndefined();
  pass(1);
  expect(sent).toEqual([3]);
});

it("writes counters and the time into copies", () => {
  bench.write("in", "ff".repeat(6));
  bench.write("in", "ee".repeat(22));
  bench.msg("in", "setpps", "1000");
  const one = "{ offset=0 flags=1 width=2 next_val=258 min_val=10 max_val=259 increment=1 index=0 }";
  const rounds = "{ offset=3 flags=3 width=1 next_val=5 max_val=5 min_val=4 increment=-1 index=3 }";
  expect(bench.msg("in", "setcounter", one)).toBeUndefined();
  expect(bench.msg("in", "setcounter", rounds)).toBeUndefined();
  expect(bench.msg("in", "settimestamp", "{ offset=0x6 flags=1 }")).toBeUndefined();
  bench.msg("in", "start", "6");
  bench.clock.ms = 1_700_000_001_000;
  const time = (ms: number) => `65${"53f101".slice(0, 6)}00000000${(ms * 1000).toString(16).padStart(8, "0")}00000000`;
  expect(pass(1)).toEqual([
    "out 0102ff05ffff",
    `out 0103ee05eeee${time(1)}`,
    "out 000aff04ffff",
    `out 000bee04eeee${time(1)}`,
    "out 000cff05ffff",
    `out 000dee05eeee${time(1)}`,
  ]);
  expect(bench.msg("in", "gettimestamp")).toBe("{ offset=0x6 flags=0x1 }");
  expect(bench.msg("in", "getcounter", "0")).toBe(
    "{ flags=0x1 width=2 next_val=14 min_val=10 max_val=259 increment=1 }",
  );
  expect(bench.msg("in", "getcounter", "3")).toContain("increment=-1 index=3");
  expect(bench.msg("in", "getcounter", "1")).toBe("{}");
});

it("refuses counters that do not exist, and messages and hooks that make no sense", () => {
  expect(bench.msg("in", "setcounter", "{ width=3 }")).toBe(E.EINVAL);
  expect(bench.msg("in", "setcounter", "{ width=1 index=4 }")).toBe(E.EINVAL);
  expect(bench.msg("in", "getcounter", "4")).toBe(E.EINVAL);
  expect(bench.wire("source", ["other", "middle"])).toBe(E.EINVAL);
});

it("drops what it has no room for, and what comes back", () => {
  const hook = bench.graph.node(bench.socket.nodeId)!.hooks.get("in") as Hook;
  const batch = new PacketBatch(256, new Uint8Array(1));
  for (let i = 0; i < 256; i++) batch.push(0, 1, 1, 0);
  for (let i = 0; i < MAX_PACKETS / 256; i++) hook.send(batch);
  hook.send(batch);
  bench.write("out", "01");
  expect(bench.counters("in")).toMatchObject({ queueFrames: MAX_PACKETS, queueFull: 256, arrivedAtOutput: 1 });
  bench.msg("in", "clrdata");
  const large = PacketBatch.of(new Uint8Array(MAX_BYTES / 4));
  for (let i = 0; i < 5; i++) hook.send(large);
  expect(bench.counters("in")).toMatchObject({ queueFrames: 4, queueFull: 257 });
});

it("sends the bytes it stored, of whatever size and however many", () => {
  const sizes = Array.from({ length: 300 }, (_, i) => 1 + ((i * 37) % 900));
  const packets = sizes.map((size, i) => (i % 251).toString(16).padStart(2, "0").repeat(size));
  for (const hex of packets) bench.socket.write("in", fromHex(hex));
  bench.msg("in", "setpps", "100000");
  bench.msg("in", "start", "600");
  expect(pass(10)).toEqual([...packets, ...packets].map((hex) => `out ${hex}`));
});

it("pauses while the receiver refuses, and ends with its output", () => {
  bench.socket.sendAscii("in", "name", '{ name="s" }');
  bench.write("in", "01");
  bench.socket.sendAscii(".", "rmhook", '{ hook="out" }');
  expect(bench.msg("s:", "nodeinfo")).toBe(E.ENOENT);
  bench.wire("source", ["in", "input"]);
  let refusals = 0;
  const refuse = bench.graph.addNode("socket", "refuses", () => ({
    receive: () => {
      refusals++;
      return E.ENOBUFS;
    },
  }));
  bench.graph.connect(refuse, ".", "ngctl:in", "a", "output");
  bench.write("in", "01");
  bench.msg("in", "setpps", "1000000");
  bench.msg("in", "start", "100000");
  pass(2);
  expect(refusals).toBe(2);
});
