import { E } from "@ngflow/base";
import { type Graph, idAddress, type Node, NgError, parseArgs, type NodeType } from "@ngflow/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NODE_TYPES, nodeTypes } from "./node-types.ts";
import { BenchGraph } from "./testing/bench-graph.ts";
import { NotedSocket } from "./testing/noted-socket.ts";

/** Scripts of a thousand commands; `NGFLOW_SCRIPTS=1000` runs a thousand of them. */
const SCRIPTS = Number(process.env["NGFLOW_SCRIPTS"] ?? 100);
const COMMANDS = 1000;
const CHECK_EVERY = 100;

/** Types without anything outside the graph. */
const TYPES: readonly NodeType[] = nodeTypes({
  netflow: { maxFlows: 64 },
  openSocket: () => new NotedSocket(() => {}),
}).filter(({ create, role }) => create !== undefined && role !== "interface");

/** Hook names that a type takes, from its own description. */
function hookNames(type: NodeType): string[] {
  return type.hooks.flatMap(({ name }) => {
    if (name === "<any>") return ["x", "y", ""];
    if (name.startsWith("<")) return ["inet/dgram/udp"];
    return name.includes("<N>") ? [name.replace("<N>", "0"), name.replace("<N>", "1")] : [name];
  });
}

const HOOKS = [...new Set(TYPES.flatMap(hookNames))];
const NAMES = ["a", "b", "c", "d", "e", "", "[1]", "a.b"];

/** Runs one command that a 32-bit number stands for. Every refusal is an errno; anything else is a defect. */
function command(bench: BenchGraph, word: number): void {
  const pick = <T>(items: readonly T[], shift: number): T => items[((word >>> shift) * 2654435761) % items.length]!;
  const nodes = [...bench.graph.nodes()];
  const address = (shift: number): string => {
    const node = pick(nodes, shift);
    const hook = [...node.hooks.keys()][(word >>> 3) % 4];
    return pick(
      ["", ".", idAddress(node.id), `${node.name}:`, `${idAddress(node.id)}${hook}`, `${hook}.${hook}`],
      shift + 3,
    );
  };
  const send = (path: string, verb: string, args: string): number => bench.socket.sendAscii(path, verb, args).errno;
  const hooks = (type?: NodeType): string =>
    `ourhook="${pick(HOOKS, 7)}" peerhook="${pick(type === undefined ? HOOKS : hookNames(type), 13)}"`;
  switch (word % 8) {
    case 0:
    case 1:
    case 2:
      send(address(5), "mkpeer", `{ type="${pick(TYPES, 11).name}" ${hooks(pick(TYPES, 11))} }`);
      return;
    case 3:
    case 4:
      send(address(5), "connect", `{ path="${address(9)}" ${hooks()} }`);
      return;
    case 5:
      send(address(5), "name", `{ name="${pick(NAMES, 9)}" }`);
      return;
    case 6:
      send(address(5), "rmhook", `{ hook="${pick(HOOKS, 9)}" }`);
      return;
    default: {
      // Graphs are to grow: a shutdown takes many with it.
      const path = word % 32 === 15 ? address(5) : "nowhere";
      if (resolve(bench.graph, bench, path)?.id !== bench.socket.nodeId) send(path, "shutdown", "");
      if (word % 16 === 7) bench.graph.tick((bench.clock.ms += 500));
    }
  }
}

function resolve(graph: Graph, bench: BenchGraph, path: string): Node | undefined {
  try {
    return graph.resolve(graph.node(bench.socket.nodeId), path);
  } catch (error) {
    if (error instanceof NgError) return undefined;
    throw error;
  }
}

/** What has to hold between any two commands: edges have two ends, and addresses lead where the edges do. */
function check({ graph, socket }: BenchGraph): void {
  const nodes = [...graph.nodes()];
  const alive = new Set(nodes);
  const fail = (what: string): never => {
    throw new Error(what);
  };
  for (const node of nodes) {
    const id = idAddress(node.id);
    if (graph.resolve(undefined, id) !== node || graph.node(node.id) !== node) fail(`${id} is another node`);
    if (node.name !== null && graph.resolve(undefined, `${node.name}:`) !== node) fail(`${node.name}: is another node`);
    if ((node.type.lastHook ?? "shutdown") === "shutdown" && node.hooks.size === 0) fail(`${id} has no hook left`);
    for (const [name, hook] of node.hooks) {
      const { peer } = hook;
      if (peer?.peer !== hook || hook.node !== node || !hook.valid) fail(`${id}${name} has no other end`);
      if (!alive.has(peer!.node) || peer!.node.hooks.get(peer!.name) !== peer) fail(`${id}${name} leads nowhere`);
      if (name !== "" && graph.resolve(undefined, `${id}${name}`) !== peer!.node) fail(`${id}${name} misleads`);
    }
  }
  for (const { type, nodes: count } of graph.types()) {
    if (count !== nodes.filter((node) => node.type === type).length) fail(`there are not ${count} ${type.name} nodes`);
  }
  if (socket.sendAscii(".", "nodeinfo", "").errno !== 0) fail("ngctl's node does not answer");
}

describe("scripts of a thousand commands", () => {
  it("leave a sound graph, and nothing when it is taken down", { timeout: 300_000 }, () => {
    let most = 0;
    fc.assert(
      fc.property(fc.uint32Array({ minLength: COMMANDS, maxLength: COMMANDS }), (script) => {
        const bench = new BenchGraph(TYPES);
        script.forEach((word, i) => {
          command(bench, word);
          if (i % CHECK_EVERY === 0) check(bench);
        });
        check(bench);
        const { graph } = bench;
        most = Math.max(most, graph.snapshot().nodes.length);
        for (const node of [...graph.nodes()]) {
          if (node.valid && node.id !== bench.socket.nodeId) graph.shutdown(node, ".");
        }
        bench.socket.close();
        expect([...graph.nodes()]).toEqual([]);
        expect(graph.types().filter(({ nodes }) => nodes !== 0)).toEqual([]);
        expect(graph.tick((bench.clock.ms += 60_000))).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: SCRIPTS },
    );
    expect(most).toBeGreaterThan(50);
  });
});

describe("a hundred thousand byte strings", () => {
  const arguments_ = NODE_TYPES.flatMap((type) => type.messages.flatMap(({ args }) => (args ? [args] : [])));
  const alphabet = [
    "{ ",
    " }",
    "[ ",
    " ]",
    "=",
    '"',
    "\\",
    "\0",
    "a",
    "x1",
    "conf",
    "iface",
    "0",
    "7=",
    "-1",
    "99999999999",
    ".",
    ":",
    "ÿ",
  ];

  it("are arguments or are refused", () => {
    const random = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 24 });
    const bytes = fc.uint8Array({ maxLength: 48 }).map((each) => String.fromCharCode(...each));
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(random, bytes), fc.nat(), (text, i) => {
        try {
          parseArgs(arguments_[i % arguments_.length]!, text);
          taken++;
        } catch (error) {
          if (!(error instanceof NgError)) throw error;
        }
      }),
      { numRuns: 100_000 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  it("are addresses and commands, or are refused", () => {
    const bench = new BenchGraph(TYPES);
    bench.wire("hub", ["x", "y"]);
    const word = fc.oneof(
      fc.string({ unit: fc.constantFrom(...alphabet, "x", "[", "]", "nodeinfo"), maxLength: 12 }),
      fc.uint8Array({ maxLength: 600 }).map((each) => String.fromCharCode(...each)),
    );
    fc.assert(
      fc.property(word, word, word, (path, verb, args) => {
        const { errno } = bench.socket.sendAscii(path, verb, args);
        if (!Object.values(E).includes(errno as never) && errno !== 0) throw new Error(`no errno: ${errno}`);
      }),
      { numRuns: 20_000 },
    );
    check(bench);
  });
});
