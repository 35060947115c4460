import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type ControlSocket,
  createGraph,
  encodeMessage,
  type Graph,
  type Node,
  NgError,
  type NodeSetting,
  type NodeType,
  openControlSocket,
  type ParseType,
} from "@ngflow/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SimulatedHost } from "./eiface/simulated-host.ts";
import { attachEther } from "./ether/attach-ether.ts";
import { SimulatedInterface } from "./ether/simulated-interface.ts";
import { NODE_TYPES, nodeTypes } from "./node-types.ts";
import { BenchGraph, ManualClock } from "./testing/bench-graph.ts";
import { settingMessages } from "./testing/setting-messages.ts";
import { NotedSocket } from "./testing/noted-socket.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const HEADINGS = ["Description", "Hooks", "Control messages", "Shutdown", "Examples", "Counters", "Limits"];

/** Our types, with sockets that send nothing, a host that is played, and a small flow cache. */
const typesApart = (): NodeType[] =>
  nodeTypes({
    netflow: { maxFlows: 64 },
    openInterface: new SimulatedHost().open,
    openSocket: () => new NotedSocket(() => {}),
  });
const TYPES: readonly NodeType[] = typesApart();
const MADE_BY_USERS = TYPES.filter((type) => type.create !== undefined);

/** Hook names that a type takes, from its own description. */
function hookNames(type: NodeType): string[] {
  return type.hooks.flatMap(({ name }) => {
    if (name === "<any>") return ["a", "b"];
    if (name === "<family>/<type>/<proto>") return ["inet/dgram/udp"];
    return name.includes("<N>") ? [name.replace("<N>", "0"), name.replace("<N>", "1")] : [name];
  });
}

class World {
  readonly graph: Graph;
  readonly socket: ControlSocket;
  readonly clock = new ManualClock();
  readonly faults: string[] = [];

  constructor() {
    const note =
      (level: string) =>
      (_fields: object, message: string): void =>
        void (/ failed: /.test(message) && this.faults.push(`${level} ${message}`));
    const log = { info: note("info"), warn: note("warn"), error: note("error") };
    this.graph = createGraph({ clock: this.clock, types: typesApart(), log });
    ["em0", "em1", "eth0"].forEach((name, i) => {
      attachEther(this.graph, new SimulatedInterface(name, i + 1, Uint8Array.of(2, 0, 0, 0, 0, i)));
    });
    this.socket = openControlSocket(this.graph, { events: { onData: () => {}, onMessage: () => {} } });
  }

  /** Makes a named node of `type` that hangs on the program. */
  prepare(type: string, hook: string, name = type): void {
    const program = this.graph.node(this.socket.nodeId);
    this.graph.mkpeer(program, ".", type, name, hook);
    this.graph.setName(program, name, name);
  }

  /** Executes a line as ngctl(8) would. Returns the errno. */
  execute(line: string): number {
    const [verb, path = "", ...words] = line.split(/\s+/);
    const [a, b, c] = words;
    const send = (command: string, args: string): number => this.socket.sendAscii(path, command, args).errno;
    switch (verb) {
      case "mkpeer":
        return send(verb, `{ type="${a}" ourhook="${b}" peerhook="${c}" }`);
      case "connect":
        return send(verb, `{ path="${a}" ourhook="${b}" peerhook="${c}" }`);
      case "name":
        return send(verb, `{ name="${a}" }`);
      case "rmhook":
        return send(verb, `{ hook="${a}" }`);
      case "shutdown":
        return send(verb, "");
      case "msg":
        return send(a!, words.slice(1).join(" "));
      default:
        throw new Error(`no verb of an example: ${line}`);
    }
  }

  node(index: number): Node {
    const nodes = [...this.graph.nodes()];
    return nodes[index % nodes.length]!;
  }
}

/** What has to hold between any two operations. */
function expectSound(world: World): void {
  expect(world.faults).toEqual([]);
  const nodes = [...world.graph.nodes()];
  for (const node of nodes) {
    for (const [name, hook] of node.hooks) {
      expect([hook.node, hook.name, hook.valid, hook.peer?.peer]).toEqual([node, name, true, hook]);
      const { peer } = hook;
      expect(nodes).toContain(peer!.node);
      expect(peer!.node.hooks.get(peer!.name)).toBe(peer);
    }
    if ((node.type.lastHook ?? "shutdown") === "shutdown") expect(node.hooks.size).toBeGreaterThan(0);
  }
  for (const { type, nodes: count } of world.graph.types()) {
    expect(count, type.name).toBe(nodes.filter((node) => node.type.name === type.name).length);
  }
  expect(() => world.graph.snapshot()).not.toThrow();
}

type Operation = (world: World) => void;

const index = fc.nat({ max: 20 });

function pick<T>(items: readonly T[], at: number): T {
  return items[at % items.length]!;
}

const path = (node: Node): string => `[${node.id.toString(16)}]:`;

const operations: fc.Arbitrary<Operation> = fc.tuple(index, index, index, index).chain(([a, b, c, d]) =>
  fc.constantFrom<Operation>(
    (world) => {
      const node = world.node(a);
      const type = pick(MADE_BY_USERS, b);
      const hooks = `ourhook="${pick(hookNames(node.type), c)}" peerhook="${pick(hookNames(type), d)}"`;
      world.socket.sendAscii(path(node), "mkpeer", `{ type="${type.name}" ${hooks} }`);
    },
    (world) => {
      const [node, far] = [world.node(a), world.node(b)];
      const hooks = `ourhook="${pick(hookNames(node.type), c)}" peerhook="${pick(hookNames(far.type), d)}"`;
      world.socket.sendAscii(path(node), "connect", `{ path="${path(far)}" ${hooks} }`);
    },
    (world) => {
      const node = world.node(a);
      world.socket.sendAscii(path(node), "rmhook", `{ hook="${pick([...node.hooks.keys(), "none"], b)}" }`);
    },
    (world) => {
      const node = world.node(a);
      if (node.id !== world.socket.nodeId && node.type.name !== "ether")
        world.socket.sendAscii(path(node), "shutdown", "");
      else world.socket.sendAscii(path(node), "nodeinfo", "");
    },
    (world) => {
      const node = world.node(a);
      const message = node.type.messages[b % Math.max(1, node.type.messages.length)];
      if (message === undefined || message.name === "detach") return;
      world.socket.sendAscii(path(node), message.name, pick(["", "{}", "1", '"a"', "[]", "{ iface=0 conf=3 }"], c));
    },
    (world) => {
      const { type, id } = world.node(a);
      if (type.name === "ether" && b === 11) return;
      const data = new Uint8Array(c * 4).fill(d);
      world.socket.send(
        `[${id.toString(16)}]:`,
        encodeMessage({ cookie: type.cookie, cmd: b, flags: 0, token: 1, cmdstr: "", data }),
      );
    },
    (world) => {
      const hooks = [...(world.graph.node(world.socket.nodeId)?.hooks.keys() ?? [])];
      if (hooks.length > 0) world.socket.write(pick(hooks, a), new Uint8Array(b * 5).fill(c));
    },
    (world) => {
      world.clock.ms += 1000 * a;
      world.graph.tick(world.clock.ms);
    },
  ),
);

/** The fewest zero bytes that are a value of the type. */
function smallest({ read }: ParseType): Uint8Array {
  for (let length = 0; length < 4096; length++) {
    // Of addresses, one of IPv4; behind the node's number in the reply of `accept`.
    for (const header of [[], [16, 2], [0, 0, 0, 0, 16, 2]]) {
      const candidate = new Uint8Array(length);
      candidate.set(header.slice(0, length));
      try {
        read(candidate);
        return candidate;
      } catch (error) {
        if (!(error instanceof NgError)) throw error;
      }
    }
  }
  throw new Error("no value");
}

/** A node with the hooks that its setting messages need. */
function nodeOf(type: NodeType): { bench: BenchGraph; path: string; settings: () => readonly NodeSetting[] } {
  const bench = new BenchGraph(typesApart());
  let path = "a";
  if (type.create === undefined) {
    attachEther(bench.graph, new SimulatedInterface("em0", 1, Uint8Array.of(2, 0, 0, 0, 0, 1)));
    path = "em0:";
  } else {
    const hooks = settingMessages(type.name).hooks ?? hookNames(type).slice(0, 1);
    expect(bench.wire(type.name, ...hooks.map((hook, i) => ["abc"[i]!, hook] as const))).toBe(0);
  }
  const node = bench.graph.resolve(bench.graph.node(bench.socket.nodeId), path);
  return { bench, path, settings: () => node.behaviour.settings?.() ?? [] };
}

/** Every counter is in the descriptor, once. */
function expectExplained(type: NodeType, counters: Readonly<Record<string, number>>): void {
  const explained = [type.dropReasons, type.counters, type.gauges].flatMap((each) => Object.keys(each ?? {}));
  expect(new Set(explained).size).toBe(explained.length);
  expect(explained).toEqual(expect.arrayContaining(Object.keys(counters)));
}

describe("any node type", () => {
  it("survives connecting, messages, packets, time and shutdown in any order", () => {
    fc.assert(
      fc.property(fc.array(operations, { maxLength: 40 }), (script) => {
        const world = new World();
        for (const operation of script) {
          operation(world);
          expectSound(world);
        }
        world.socket.close();
        expectSound(world);
      }),
      { numRuns: 150 },
    );
  });
});

describe.each(TYPES.map((type) => [type.name, type] as const))("%s", (name, type) => {
  it("is described within the limits of the message header", () => {
    expect(name.length).toBeLessThan(32);
    const commands = type.messages.map(({ cmd, cookie }) => `${cookie ?? type.cookie}/${cmd}`);
    expect(new Set(commands).size).toBe(commands.length);
    expect(new Set(type.messages.map((message) => message.name)).size).toBe(type.messages.length);
    for (const message of type.messages) expect(message.name).toMatch(/^[A-Za-z0-9_]{1,31}$/);
  });

  it("reads what it writes, and refuses arguments that are longer or shorter", () => {
    for (const { name: message, args, reply, run } of type.messages) {
      expect([message, typeof run]).toEqual([message, "function"]);
      for (const each of [args, reply]) {
        if (each === undefined) continue;
        const bytes = smallest(each);
        const written = each.write(each.read(bytes));
        expect([message, each.read(written)]).toEqual([message, each.read(bytes)]);
        if (each.open === true) continue;
        expect([message, written]).toEqual([message, bytes]);
        const long = Uint8Array.of(...bytes, 0);
        for (const wrong of [long, bytes.subarray(1), new Uint8Array(0)])
          expect(() => each.read(wrong)).toThrow(NgError);
      }
    }
  });

  it("lists settings that give a new node the same ones, and takes every one back", () => {
    const { messages } = settingMessages(name);
    // `bind` and `listen` cannot be repeated, and what `setfilter` compiles to needs a library.
    const others = /^(get|clr|info|ifinfo|v9info|reset|detach|stop|accept|bind|listen|setfilter)/;
    const setters = type.messages.filter((message) => !others.test(message.name));
    expect(messages.map(([command]) => command)).toEqual(
      expect.arrayContaining(setters.map((message) => message.name)),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...messages, undefined), { maxLength: 10 }), (sent) => {
        const [told, fresh] = [nodeOf(type), nodeOf(type)];
        for (const message of sent) if (message !== undefined) told.bench.msg(told.path, ...message);
        const settings = told.settings().filter(({ local }) => local !== true);
        expect(fresh.bench.apply(fresh.path, settings)).toEqual(settings.map(() => 0));
        const shown = (list: readonly NodeSetting[]): unknown[] =>
          list.map(({ command, data }) => [command, [...data]]);
        expect(shown(fresh.settings())).toEqual(shown(settings));
        // As an undo does it: what can be reset is, then what a node always lists is sent.
        const unset = nodeOf(type).settings();
        for (const { reset } of told.settings()) reset?.();
        told.bench.apply(told.path, unset);
        const left = told.settings().filter(({ command }) => name !== "ksocket" || command !== "connect");
        expect(shown(left)).toEqual(shown(unset));
      }),
      { numRuns: messages.length === 0 ? 1 : 60 },
    );
  });

  it("has a page with every heading", () => {
    const page = readFileSync(`${HERE}${name}/README.md`, "utf8");
    expect([...page.matchAll(/^## (.+)$/gm)].map((match) => match[1])).toEqual(HEADINGS);
    for (const hook of type.hooks) if (hook.name !== "<any>") expect(page).toContain(`\`${hook.name}\``);
    for (const message of type.messages) expect(page).toContain(`\`${message.name}\``);
    for (const reason of Object.keys(type.dropReasons)) expect(page).toContain(`\`${reason}\``);
  });

  it("has examples that work", () => {
    const page = readFileSync(`${HERE}${name}/README.md`, "utf8");
    const examples = [...page.matchAll(/^```\n(.*?)^```$/gms)].map((match) => match[1]!.trim().split("\n"));
    expect(examples).not.toEqual([]);
    for (const lines of examples) {
      const world = new World();
      // What examples take for granted: interfaces, and where they do not make it themselves, a meter and a source.
      const needs = (node: string) => lines[0]!.includes(` ${node}:`);
      if (needs("netflow")) world.prepare("netflow", "iface0");
      if (needs("source")) world.prepare("hub", "other", "source");
      for (const line of lines) expect([line, world.execute(line)]).toEqual([line, 0]);
      expectSound(world);
    }
  });

  if (type.create === undefined) return;

  it("counts what it drops under the reasons it names, and nothing that it does not explain", () => {
    const world = new World();
    const hooks = `ourhook="a" peerhook="${hookNames(type)[0]!}"`;
    expect(world.socket.sendAscii(".", "mkpeer", `{ type="${name}" ${hooks} }`).errno).toBe(0);
    const counters = world.graph.resolve(world.graph.node(world.socket.nodeId), "a").behaviour.counters?.() ?? {};
    expect(Object.keys(counters)).toEqual(expect.arrayContaining(Object.keys(type.dropReasons)));
    expectExplained(type, counters);
  });

  if (type.hooks.some((hook) => hook.name === "<any>")) return;

  it("refuses other hooks", () => {
    const world = new World();
    const request = `{ type="${name}" ourhook="a" peerhook="no such hook" }`;
    expect(world.socket.sendAscii(".", "mkpeer", request).errno).not.toBe(0);
    expect([...world.graph.nodes()].map((node) => node.type.name)).not.toContain(name);
  });
});

it("explains the counters of interfaces", () => {
  const { graph } = new World();
  expectExplained(NODE_TYPES[0]!, graph.resolve(undefined, "em0:").behaviour.counters!());
});

it("registers every folder that describes a type", () => {
  const folders = readdirSync(HERE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`${HERE}${entry.name}/${entry.name}.ts`))
    .map((entry) => entry.name);
  expect(NODE_TYPES.map((type) => type.name).sort()).toEqual(folders.sort());
});
