import { E, PacketBatch } from "@ngflow/base";
import { encodeMessage } from "@ngflow/graph";
import { expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { echo } from "./echo.ts";

it("sends packets back out of the hook they came in by", () => {
  const bench = new BenchGraph([echo]);
  bench.wire("echo", ["a", "x"], ["b", "y"]);
  expect(bench.write("b", "0102")).toEqual(["b 0102"]);
  expect(bench.counters("a")).toEqual({ echoed: 1 });
});

it("returns messages of any cookie to their sender", () => {
  const bench = new BenchGraph([echo]);
  bench.wire("echo", ["a", "x"]);
  bench.socket.send("a", encodeMessage({ cookie: 5, cmd: 77, flags: 0, token: 3, cmdstr: "", data: Uint8Array.of(1) }));
  expect(bench.commands()).toEqual([77]);
});

it("does not hang when two echoes face each other", () => {
  const bench = new BenchGraph([echo]);
  bench.wire("echo", ["a", "x"]);
  bench.graph.mkpeer(bench.graph.node(bench.socket.nodeId), "a", "echo", "loop", "loop");
  expect(
    bench.graph
      .node(2)!
      .hooks.get("loop")!
      .send(PacketBatch.of(Uint8Array.of(1))),
  ).toBe(E.ELOOP);
  expect(bench.graph.counters().loopDrops).toBe(1);
});
