import { LINK_RAW, PacketBatch } from "@ngflow/base";
import { FLOW_COOKIE, LINK_IS_DOWN, LINK_IS_UP } from "@ngflow/graph";
import { describe, expect, it } from "vitest";
import { SimulatedHost } from "../eiface/simulated-host.ts";
import { hub } from "../hub/hub.ts";
import { BenchGraph } from "../testing/bench-graph.ts";
import { createIfaceType } from "./iface.ts";

function setUp(taken: readonly string[] = []) {
  const received: number[] = [];
  const host = new SimulatedHost((_name, batch) => void received.push(batch.count));
  for (const name of taken) host.open(name, "ip");
  const bench = new BenchGraph([createIfaceType(host.open), hub]);
  return { bench, host, received };
}

/** A batch of packets that begin with these bytes. */
function packets(...first: number[]): PacketBatch {
  const batch = new PacketBatch(first.length, Uint8Array.from(first));
  for (const i of first.keys()) batch.push(i, 1, 1, 0);
  batch.linkType = LINK_RAW;
  return batch;
}

describe("an iface node", () => {
  it("is named like its interface, whose number is the lowest free one", () => {
    const { bench } = setUp(["ng0", "ng2"]);
    expect(bench.wire("iface", ["a", "inet"])).toBe(0);
    expect(bench.wire("iface", ["b", "inet"])).toBe(0);
    expect([bench.msg("ng1:", "getifname"), bench.msg("b", "getifname")]).toEqual(['"ng1"', '"ng3"']);
    expect(bench.msg("b", "getifindex")).toBe("4");
  });

  it("sorts a batch of both protocols, and keeps the order within each", () => {
    const { bench, host } = setUp();
    bench.wire("iface", ["a", "inet"], ["b", "inet6"]);
    const linkTypes: number[] = [];
    const node = bench.graph.node(bench.socket.nodeId)!;
    const { receive } = node.behaviour;
    node.behaviour.receive = (hook, batch) => {
      linkTypes.push(batch.linkType);
      return receive!.call(node.behaviour, hook, batch);
    };
    host.interfaces.get("ng0")!.fromHost(packets(0x45, 0x61, 0x46, 0x10, 0x62));
    expect(bench.take()).toEqual(["a 45", "a 46", "b 61", "b 62"]);
    expect(linkTypes).toEqual([LINK_RAW, LINK_RAW]);
    expect(bench.counters("a")).toMatchObject({ packetsSent: 4, unknownFamily: 1 });
  });

  it("has the host receive only what is of the hook's protocol", () => {
    const { bench, received } = setUp();
    bench.wire("iface", ["a", "inet"], ["b", "inet6"]);
    const hooks = bench.graph.node(bench.socket.nodeId)!.hooks;
    expect(hooks.get("a")!.send(packets(0x45, 0x60, 0x45))).toBe(0);
    expect(hooks.get("b")!.send(packets(0x45))).toBe(0);
    expect(received).toEqual([2]);
    expect(bench.counters("a")).toMatchObject({ packetsReceived: 2, wrongFamily: 2, refused: 0 });
  });

  it("counts what the host refuses", () => {
    const { bench, host } = setUp();
    bench.wire("iface", ["a", "inet"]);
    const source = host.interfaces.get("ng0")!;
    source.write = (batch) => batch.count;
    expect(bench.write("a", "45")).toEqual([]);
    source.up = false;
    expect(bench.write("a", "45")).toEqual([50]);
    expect(bench.counters("a")).toMatchObject({ refused: 1, interfaceDown: 1, packetsReceived: 0 });
  });

  it("takes the state of the link behind a hook over, and refuses other messages", () => {
    const { bench, host } = setUp();
    let say: ((cookie: number, cmd: number) => number) | undefined;
    const node = bench.graph.addNode("socket", "speaker", (context) => {
      const rest = { flags: 0, token: 0, cmdstr: "", data: new Uint8Array(0) };
      say = (cookie, cmd) => context.sendAlong(context.node.hooks.get("m")!, { cookie, cmd, ...rest });
      return {};
    });
    bench.wire("iface", ["a", "inet6"]);
    bench.graph.connect(node, ".", "ng0:", "m", "inet");
    const source = host.interfaces.get("ng0")!;
    expect(source.link).toBe(true);
    expect([say!(FLOW_COOKIE, LINK_IS_DOWN), source.link]).toEqual([0, false]);
    expect([say!(FLOW_COOKIE, 7), source.link]).toEqual([0, false]);
    expect([say!(FLOW_COOKIE, LINK_IS_UP), source.link]).toEqual([0, true]);
    expect(say!(1, LINK_IS_UP)).toBe(22);
  });

  it("keeps that it is a broadcast interface, for a graph that is made again", () => {
    const { bench, host } = setUp();
    bench.wire("iface", ["a", "inet"]);
    expect(bench.msg("a", "broadcast")).toBe(16);
    host.interfaces.get("ng0")!.up = false;
    expect(bench.msg("a", "broadcast")).toBeUndefined();
    const node = bench.graph.resolve(undefined, "ng0:");
    expect(node.behaviour.settings!().map(({ command }) => command)).toEqual(["broadcast"]);
    expect(bench.msg("a", "point2point")).toBeUndefined();
    expect(node.behaviour.settings!()).toEqual([]);
  });

  it("stays without hooks, and its interface goes with it", () => {
    const { bench, host } = setUp();
    bench.wire("iface", ["a", "inet"]);
    const source = host.interfaces.get("ng0")!;
    bench.msg(".", "rmhook", '{ hook="a" }');
    source.fromHost(packets(0x45));
    expect(bench.counters("ng0:")).toMatchObject({ unconnected: 1, packetsSent: 0 });
    expect(source.closed).toBe(false);
    bench.msg("ng0:", "shutdown");
    expect(source.closed).toBe(true);
  });

  it("removes the interface when a hook is refused, and leaves its name to a node that has it", () => {
    const { bench, host } = setUp();
    expect(bench.wire("iface", ["a", "ether"])).toBe(46);
    expect(host.interfaces.get("ng0")!.closed).toBe(true);
    bench.wire("hub", ["h", "x"]);
    bench.msg("h", "name", '{ name="ng0" }');
    expect(bench.wire("iface", ["a", "inet"])).toBe(0);
    expect(bench.graph.resolve(undefined, "ng0:").type.name).toBe("hub");
  });
});
