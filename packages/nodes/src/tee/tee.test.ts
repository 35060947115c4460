import { E, type PacketBatch } from "@ngflow/base";
import { encodeMessage, FLOW_COOKIE, idAddress, LINK_IS_UP } from "@ngflow/graph";
import { expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { tee } from "./tee.ts";

function setUp(...hooks: string[]) {
  const bench = new BenchGraph([tee]);
  expect(bench.wire("tee", ...hooks.map((hook) => [hook, hook] as const))).toBe(0);
  return bench;
}

it("passes both directions and copies each to its tap, the copy first", () => {
  const bench = setUp("right", "left", "right2left", "left2right");
  expect(bench.write("right", "01")).toEqual(["right2left 01", "left 01"]);
  expect(bench.write("left", "02")).toEqual(["left2right 02", "right 02"]);
  expect(bench.write("right2left", "03")).toEqual(["right 03"]);
  expect(bench.write("left2right", "04")).toEqual(["left 04"]);
});

it("gives the tap the packet itself when there is no other destination, and counts what has none", () => {
  const bench = setUp("right", "right2left");
  expect(bench.write("right", "01")).toEqual(["right2left 01"]);
  bench.socket.sendAscii(".", "rmhook", '{ hook="right2left" }');
  expect(bench.write("right", "0203")).toEqual([]);
  expect(bench.counters("right")).toMatchObject({ rightInFrames: 2, rightInOctets: 3, unconnected: 1 });
});

it("keeps facts that a tap changes away from the main direction", () => {
  const bench = setUp("right");
  const seen: number[] = [];
  const keeper = {
    newHook: () => {},
    receive: (_hook: unknown, batch: PacketBatch) => {
      seen.push(batch.tags[0]!);
      batch.tags[0] = 0xff;
      return 0;
    },
  };
  const node = bench.graph.addNode("socket", "sink", () => keeper);
  bench.graph.connect(node, ".", "ngctl:right", "tap", "right2left");
  bench.graph.connect(node, ".", "ngctl:right", "main", "left");
  bench.write("right", "01");
  expect(seen).toEqual([0, 0]);
});

it("resets a hook's statistics when the hook is connected, all of them on request", () => {
  const bench = setUp("right", "left");
  bench.write("right", "0102");
  expect(bench.msg("right", "getstats")).toBe("{ right={ inOctets=2 inFrames=1 } left={ outOctets=2 outFrames=1 } }");
  bench.socket.sendAscii(".", "rmhook", '{ hook="left" }');
  bench.socket.sendAscii(".", "connect", '{ path="right" ourhook="left" peerhook="left" }');
  expect(bench.msg("right", "getclrstats")).toBe("{ right={ inOctets=2 inFrames=1 } }");
  expect(bench.msg("right", "getstats")).toBe("{}");
});

it("passes link state between left and right, and from nowhere else", () => {
  const bench = setUp("right", "left", "left2right");
  const up = { cookie: FLOW_COOKIE, cmd: LINK_IS_UP, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(0) };
  const { id } = bench.graph.resolve(bench.graph.node(bench.socket.nodeId), "right");
  expect(bench.socket.send(idAddress(id), encodeMessage(up))).toBe(E.EINVAL);
  // An address that leads along a hook is as good as that hook.
  expect(bench.socket.send("right", encodeMessage(up))).toBe(0);
  expect(bench.commands()).toEqual([LINK_IS_UP]);
  expect(bench.socket.send("left2right", encodeMessage(up))).toBe(E.EINVAL);
  let speak: ((hook: string) => number) | undefined;
  const node = bench.graph.addNode("socket", "speaker", (context) => {
    speak = (hook) => context.sendAlong(context.node.hooks.get(hook)!, up);
    return {};
  });
  bench.socket.sendAscii(".", "rmhook", '{ hook="left" }');
  bench.socket.sendAscii(".", "rmhook", '{ hook="left2right" }');
  bench.graph.connect(node, ".", "ngctl:right", "l", "left");
  bench.graph.connect(node, ".", "ngctl:right", "t", "left2right");
  expect(speak!("l")).toBe(0);
  expect(bench.commands()).toEqual([LINK_IS_UP, LINK_IS_UP]);
  expect(speak!("t")).toBe(E.EINVAL);
});

it("refuses other hooks and other messages", () => {
  const bench = setUp("right");
  expect(bench.wire("tee", ["x", "middle"])).toBe(E.EINVAL);
  const odd = { cookie: tee.cookie, cmd: 77, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(0) };
  expect(bench.socket.send("right", encodeMessage(odd))).toBe(E.EINVAL);
});

it("joins its neighbours when it is shut down", () => {
  const bench = setUp("right", "left");
  bench.socket.sendAscii("right", "shutdown", "");
  expect(bench.write("right", "09")).toEqual(["left 09"]);
});
