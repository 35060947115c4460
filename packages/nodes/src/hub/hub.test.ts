import { E, type PacketBatch } from "@ngflow/base";
import { encodeMessage } from "@ngflow/graph";
import { expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { hub } from "./hub.ts";

it("copies to all other hooks, newest first", () => {
  const bench = new BenchGraph([hub]);
  bench.wire("hub", ["a", "x"], ["b", "y"], ["c", "z"]);
  expect(bench.write("a", "01")).toEqual(["c 01", "b 01"]);
  expect(bench.write("b", "02")).toEqual(["c 02", "a 02"]);
  expect(bench.write("c", "03")).toEqual(["b 03", "a 03"]);
});

it("drops and counts what arrives at its only hook", () => {
  const bench = new BenchGraph([hub]);
  bench.wire("hub", ["a", "x"]);
  expect(bench.write("a", "01")).toEqual([]);
  expect(bench.counters("a")).toEqual({ unconnected: 1 });
});

it("delivers to the others when one refuses, and says so", () => {
  const bench = new BenchGraph([hub]);
  bench.wire("hub", ["a", "x"], ["b", "y"]);
  const node = bench.graph.addNode("socket", "refuses", () => ({ receive: () => E.ENOBUFS }));
  bench.graph.connect(node, ".", "ngctl:a", "r", "r");
  expect(bench.write("a", "01")).toEqual(["b 01", E.ENOBUFS]);
});

it("gives every receiver facts of its own", () => {
  const bench = new BenchGraph([hub]);
  bench.wire("hub", ["a", "x"]);
  const seen: number[] = [];
  const mark = (_hook: unknown, batch: PacketBatch) => {
    seen.push(batch.tags[0]!);
    batch.tags[0] = 1;
    return 0;
  };
  const node = bench.graph.addNode("socket", "marks", () => ({ receive: mark }));
  for (const name of ["p", "q", "r"]) bench.graph.connect(node, ".", "ngctl:a", name, name);
  bench.write("a", "01");
  expect(seen).toEqual([0, 0, 0]);
});

it("stays after its last hook only when told so", () => {
  const bench = new BenchGraph([hub]);
  bench.wire("hub", ["a", "x"]);
  expect(bench.msg("a", "setpersistent")).toBeUndefined();
  bench.socket.sendAscii("a", "name", '{ name="h" }');
  bench.socket.sendAscii(".", "rmhook", '{ hook="a" }');
  expect(bench.msg("h:", "nodeinfo")).toBe('{ name="h" type="hub" id=0x2 }');
  bench.wire("hub", ["b", "x"]);
  bench.socket.sendAscii(".", "rmhook", '{ hook="b" }');
  expect([...bench.graph.nodes()].length).toBe(2);
});

it("refuses messages it does not know", () => {
  const bench = new BenchGraph([hub]);
  bench.wire("hub", ["a", "x"]);
  const odd = { cookie: hub.cookie, cmd: 2, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(0) };
  expect(bench.socket.send("a", encodeMessage(odd))).toBe(E.EINVAL);
});
