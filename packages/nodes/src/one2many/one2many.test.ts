import { E, PacketBatch } from "@ngflow/base";
import { encodeMessage, FLOW_COOKIE, LINK_IS_DOWN, LINK_IS_UP } from "@ngflow/graph";
import { describe, expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { one2many } from "./one2many.ts";

function setUp() {
  const bench = new BenchGraph([one2many]);
  expect(bench.wire("one2many", ["o", "one"], ["a", "many0"], ["b", "many5"])).toBe(0);
  return bench;
}

describe("packets", () => {
  it("gathers the many into one", () => {
    const bench = setUp();
    expect(bench.write("a", "01")).toEqual(["o 01"]);
    expect(bench.write("b", "02")).toEqual(["o 02"]);
    bench.socket.sendAscii(".", "rmhook", '{ hook="o" }');
    expect(bench.write("b", "03")).toEqual([E.ENETDOWN]);
    expect(bench.counters("a")).toMatchObject({ oneNotConnected: 1 });
  });

  it("takes turns by default, packet by packet, across batches", () => {
    const bench = setUp();
    const bytes = Uint8Array.of(1, 2, 3);
    const batch = new PacketBatch(3, bytes);
    for (let i = 0; i < 3; i++) batch.push(i, 1, 1, 0);
    bench.graph.node(bench.socket.nodeId)!.hooks.get("o")!.send(batch);
    expect(bench.take()).toEqual(["a 01", "a 03", "b 02"]);
    expect(bench.write("o", "04")).toEqual(["b 04"]);
    expect(bench.write("o", "05")).toEqual(["a 05"]);
    expect(bench.msg("o", "getclrstats", "0")).toBe("{ xmitOctets=3 xmitPackets=3 }");
    expect(bench.msg("o", "getstats", "0")).toBe("{}");
    expect(bench.msg("o", "getstats", "-1")).toBe("{ recvOctets=5 recvPackets=5 }");
  });

  it("sends to all, or to the lowest, when told so", () => {
    const bench = setUp();
    bench.msg("o", "setconfig", "{ xmitAlg=2 failAlg=1 enabledLinks=[ 1 5=1 ] }");
    expect(bench.write("o", "01")).toEqual(["b 01", "a 01"]);
    bench.msg("o", "setconfig", "{ xmitAlg=3 failAlg=1 enabledLinks=[ 1 5=1 ] }");
    expect(bench.write("o", "02")).toEqual(["a 02"]);
    bench.msg("o", "setconfig", "{ xmitAlg=3 failAlg=1 enabledLinks=[ 5=1 ] }");
    expect(bench.write("o", "03")).toEqual(["b 03"]);
    bench.msg("o", "setconfig", "{ xmitAlg=1 failAlg=1 }");
    expect(bench.write("o", "04")).toEqual([E.ENOTCONN]);
    expect(bench.counters("o")).toEqual({ activeLinks: 0, inactive: 1, oneNotConnected: 0 });
  });
});

describe("link state", () => {
  it("tells `one` when the first link comes and when the last goes", () => {
    const bench = new BenchGraph([one2many]);
    bench.wire("one2many", ["o", "one"]);
    bench.commands();
    bench.socket.sendAscii(".", "connect", '{ path="o" ourhook="a" peerhook="many1" }');
    bench.socket.sendAscii(".", "connect", '{ path="o" ourhook="b" peerhook="many2" }');
    expect(bench.commands()).toEqual([LINK_IS_UP]);
    bench.socket.sendAscii(".", "rmhook", '{ hook="a" }');
    bench.socket.sendAscii(".", "rmhook", '{ hook="b" }');
    expect(bench.commands()).toEqual([LINK_IS_UP, LINK_IS_DOWN]);
  });

  it("follows what the many links say, if configured", () => {
    const bench = setUp();
    let say: ((cmd: number) => number) | undefined;
    const node = bench.graph.addNode("socket", "speaker", (context) => {
      const message = (cmd: number) => ({
        cookie: FLOW_COOKIE,
        cmd,
        flags: 0,
        token: 0,
        cmdstr: "",
        data: new Uint8Array(0),
      });
      say = (cmd) => context.sendAlong(context.node.hooks.get("m")!, message(cmd));
      return {};
    });
    bench.graph.connect(node, ".", "ngctl:o", "m", "many2");
    const enabled = () => /enabledLinks=\[ (.*) \] }/.exec(String(bench.msg("o", "getconfig")))?.[1];
    expect([say!(LINK_IS_DOWN), enabled()]).toEqual([0, "1 2=1 5=1"]);
    bench.msg("o", "setconfig", "{ xmitAlg=1 failAlg=2 enabledLinks=[ 1 2=1 5=1 ] }");
    expect([say!(LINK_IS_DOWN), enabled()]).toEqual([0, "1 5=1"]);
    expect([say!(LINK_IS_UP), enabled()]).toEqual([0, "1 2=1 5=1"]);
    expect(say!(7)).toBe(E.EINVAL);
  });
});

it("refuses hooks, links and settings that do not exist", () => {
  const bench = setUp();
  for (const name of ["two", "many", "many64", "many01", "manyx"]) {
    expect(bench.wire("one2many", ["x", name]), name).toBe(E.EINVAL);
  }
  expect(bench.msg("o", "getstats", "-2")).toBe(E.EINVAL);
  expect(bench.msg("o", "getstats", "64")).toBe(E.EINVAL);
  expect(bench.msg("o", "getstats", "63")).toBe("{}");
  expect(bench.msg("o", "setconfig", "{ xmitAlg=4 failAlg=1 }")).toBe(E.EINVAL);
  expect(bench.msg("o", "setconfig", "{ xmitAlg=1 failAlg=3 }")).toBe(E.EINVAL);
  const odd = { cookie: one2many.cookie, cmd: 9, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(0) };
  expect(bench.socket.send("o", encodeMessage(odd))).toBe(E.EINVAL);
});
