import { E } from "@ngflow/base";
import { encodeMessage } from "@ngflow/graph";
import { expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { split } from "./split.ts";

it("turns two-way traffic into two one-way hooks", () => {
  const bench = new BenchGraph([split]);
  bench.wire("split", ["m", "mixed"], ["i", "in"], ["o", "out"]);
  expect(bench.write("m", "01")).toEqual(["o 01"]);
  expect(bench.write("i", "02")).toEqual(["m 02"]);
  expect(bench.write("o", "03")).toEqual([E.EINVAL]);
  expect(bench.counters("m")).toEqual({ unconnected: 0, arrivedAtOutput: 1 });
});

it("drops and counts what has no destination", () => {
  const bench = new BenchGraph([split]);
  bench.wire("split", ["m", "mixed"], ["i", "in"]);
  expect(bench.write("m", "01")).toEqual([]);
  bench.socket.sendAscii(".", "rmhook", '{ hook="m" }');
  expect(bench.write("i", "02")).toEqual([]);
  expect(bench.counters("i")).toEqual({ unconnected: 2, arrivedAtOutput: 0 });
});

it("has three hooks and takes any foreign message without effect", () => {
  const bench = new BenchGraph([split]);
  expect(bench.wire("split", ["x", "other"])).toBe(E.EINVAL);
  bench.wire("split", ["m", "mixed"]);
  const odd = { cookie: 1, cmd: 2, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(0) };
  expect(bench.socket.send("m", encodeMessage(odd))).toBe(0);
});
