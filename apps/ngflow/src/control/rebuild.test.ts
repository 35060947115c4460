import { createGraph, type Graph, type NodeType, NgError, openControlSocket, structureOf } from "@ngflow/graph";
import { rebuildScript, scriptText } from "@ngflow/plan";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attachEther, nodeTypes, SimulatedHost, SimulatedInterface } from "@ngflow/nodes";
import { ManualClock, NotedSocket } from "@ngflow/nodes/testing";

/** The types, on a host that is simulated and has no interface yet. */
const typesApart = (): NodeType[] =>
  nodeTypes({ openInterface: new SimulatedHost().open, openSocket: () => new NotedSocket(() => {}) });

/** A machine with interfaces of those names, and the way to send it ngctl's words. Returns the errno. */
function machine(names: readonly string[] = ["em0", "em1"]): {
  graph: Graph;
  run: (words: readonly string[]) => number;
} {
  const graph = createGraph({ clock: new ManualClock(), types: typesApart() });
  for (const [i, name] of names.entries()) {
    const mac = Uint8Array.of(2, 0, 0, 0, 0, i);
    attachEther(graph, new SimulatedInterface(name, i + 1, mac, { toWire: () => {}, toHost: () => {} }));
  }
  const program = { onMessage: () => {}, onData: () => {} };
  const socket = openControlSocket(graph, { name: "ngctl", events: program });
  const here = graph.node(socket.nodeId)!;
  const run = ([verb, path, ...words]: readonly string[]): number => {
    const [a = "", b = "", c = ""] = words;
    if (verb === "msg") return socket.sendAscii(path!, a, words.slice(1).join(" ")).errno;
    try {
      if (verb === "mkpeer") graph.mkpeer(here, path!, a, b, c);
      else if (verb === "connect") graph.connect(here, path!, a, b, c);
      else if (verb === "name") graph.setName(here, path!, a);
      else if (verb === "rmhook") graph.rmhook(here, path!, a);
      else graph.shutdown(here, path!);
      return 0;
    } catch (error) {
      if (error instanceof NgError) return error.errno;
      throw error;
    }
  };
  return { graph, run };
}

/** Nodes, edges and settings without ids: nodes are named by the way to them. */
function shape(graph: Graph): unknown {
  const nodes = [...structureOf(graph, ({ type }) => type.name === "socket").values()];
  const label = new Map(nodes.filter(({ name }) => name !== null).map(({ id, name }) => [id, name!]));
  for (let round = 0; round < nodes.length; round++) {
    for (const { id, hooks } of nodes) {
      const ways = hooks.flatMap(({ peerId, peerHook }) =>
        label.has(peerId) ? [`${label.get(peerId)}.${peerHook}`] : [],
      );
      if (!label.has(id) && ways.length > 0) label.set(id, ways.sort()[0]!);
    }
  }
  return nodes
    .map(({ id, type, hooks }) => ({
      label: label.get(id),
      type,
      hooks: hooks.map(({ name, peerId, peerHook }) => `${name} ${label.get(peerId)}:${peerHook}`).sort(),
      settings: (graph.node(id)!.behaviour.settings?.() ?? [])
        .map(({ command, data }) => `${command} ${data.join()}`)
        .sort(),
    }))
    .sort((a, b) => (String(a.label) < String(b.label) ? -1 : 1));
}

function rebuilt(graph: Graph): Graph {
  const ethers = [...graph.nodes()].filter(({ type }) => type.name === "ether").sort((a, b) => a.id - b.id);
  const other = machine(ethers.map(({ name }) => name!));
  for (const words of rebuildScript(graph).commands) expect([words, other.run(words)]).toEqual([words, 0]);
  return other.graph;
}

describe("a script that rebuilds the graph", () => {
  it("has names, hooks and the settings that nodes can tell", () => {
    const { graph, run } = machine();
    const script = [
      "mkpeer em0: netflow lower iface0",
      "name em0:lower nf",
      "connect em0: nf: upper out0",
      "mkpeer nf: ksocket export9 inet/dgram/udp",
      "msg nf: setconfig { iface=0 conf=7 }",
      "msg nf: settimeouts { inactive=20 active=300 }",
      "msg nf:export9 connect inet/127.0.0.1:9995",
      "msg em0: setpromisc 1",
      "mkpeer em1: bridge lower link0",
      "connect em1: em1:lower upper link1",
      "mkpeer em1:lower eiface link2 ether",
      "msg ngeth0: set 02:00:00:00:00:99",
      "mkpeer em1:lower pipe link3 upper",
      "msg em1:lower.link3 setcfg { bandwidth=20000000 delay=500 overhead=-1 upstream={ drr=64 queuelen=-1 } }",
      "mkpeer em1:lower.link3 hub lower a",
      "name em1:lower.link3.lower fan",
      "msg fan: setpersistent",
      "mkpeer fan: bpf b in",
      'msg fan:b setprogram { thisHook="in" ifMatch="out" bpf_prog_len=1 bpf_prog=[ { code=6 k=9 } ] }',
      "mkpeer fan:b source out output",
      "msg fan:b.out setpps 100",
      "msg fan:b.out settimestamp { offset=14 flags=1 }",
      "msg em1:lower setconfig { debugLevel=3 loopTimeout=9 maxStaleness=10 minStableAge=2 }",
    ];
    for (const line of script) expect([line, run(line.split(" "))]).toEqual([line, 0]);
    const text = scriptText(rebuildScript(graph));
    expect(text.split("\n")).toEqual(
      expect.arrayContaining([
        "mkpeer em0: netflow lower iface0",
        "msg nf: setconfig { conf=7 }",
        "msg nf: settimeouts { inactive=20 active=300 }",
        "msg nf:export9 connect inet/127.0.0.1:9995",
        "msg em0: setpromisc 1",
      ]),
    );
    expect(shape(rebuilt(graph))).toEqual(shape(graph));
  });

  it("makes the same graph, whatever was done to this one", () => {
    const node = fc.constantFrom("em0:", "em1:", "a:", "b:", "em0:lower", "em1:lower", "a:many0", "a:link0");
    const hook = fc.constantFrom(
      "lower",
      "upper",
      "one",
      "many0",
      "many1",
      "link0",
      "link1",
      "uplink1",
      "left",
      "right",
      "iface0",
      "out0",
      "ether",
      "inet",
      "x",
    );
    const type = fc.constantFrom(
      "hub",
      "tee",
      "bridge",
      "one2many",
      "netflow",
      "hole",
      "echo",
      "pipe",
      "bpf",
      "eiface",
      "iface",
      "car",
    );
    const name = fc.constantFrom("a", "b", "c");
    const message = fc.constantFrom(
      ["setconfig", "{ iface=0 conf=3 }"],
      ["setconfig", "{ xmitAlg=2 failAlg=1 enabledLinks=[ 1 1 ] }"],
      ["setconfig", "{ loopTimeout=9 maxStaleness=10 minStableAge=2 }"],
      ["settimeouts", "{ inactive=9 active=99 }"],
      ["setdlt", "{ iface=0 dlt=12 }"],
      ["setautosrc", "1"],
      ["setpersistent", ""],
      ["setcfg", "{ delay=5 bandwidth=20000000 upstream={ wfq=1 } }"],
      ["setprogram", '{ thisHook="x" ifMatch="one" bpf_prog_len=1 bpf_prog=[ { code=6 k=9 } ] }'],
      ["set", "02:00:00:00:00:07"],
      ["setconf", "{ upstream={ cbs=9 opt=2 } downstream={ ebs=7 mode=3 cir=8 } }"],
    );
    const command = fc.oneof(
      fc.tuple(fc.constant("mkpeer"), node, type, hook, hook),
      fc.tuple(fc.constant("mkpeer"), node, type, hook, hook),
      fc.tuple(fc.constant("connect"), node, node, hook, hook),
      fc.tuple(fc.constant("name"), node, name),
      fc.tuple(fc.constant("rmhook"), node, hook),
      fc.tuple(fc.constant("shutdown"), node),
      fc.tuple(fc.constant("msg"), node, message).map(([verb, path, words]) => [verb, path, ...words]),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const { graph, run } = machine();
        for (const words of commands) run(words);
        if (rebuildScript(graph).beyond.length > 0) return;
        expect(shape(rebuilt(graph))).toEqual(shape(graph));
      }),
      { numRuns: 300 },
    );
  });
});
