import type { PacketBatch } from "@ngflow/base";
import { createGraph, type Graph, METER_COUNTER, type Node, type NodeType, settingOf, uint32 } from "@ngflow/graph";
import type { ModelInterface, ModelMachine } from "../dry-run/model-graph.ts";
import type { Place, Traffic } from "../dry-run/traffic.ts";

const COMMON = { cookie: 1, summary: "A test type.", messages: [], dropReasons: {} } as const;

function hooks(...names: string[]): NodeType["hooks"] {
  return names.map((name) => ({ name, summary: `Hook ${name}.` }));
}

/** Passes packets between `a` and `b`, and a copy of each to `copy`. */
const TEE: NodeType = {
  ...COMMON,
  name: "tee",
  role: "plain",
  hooks: hooks("a", "b", "copy"),
  create: ({ node }) => ({
    receive(hook, batch) {
      node.hooks.get("copy")?.send(batch);
      return node.hooks.get(hook.name === "a" ? "b" : "a")?.send(batch) ?? 0;
    },
  }),
};

/** Passes packets between `a` and `b`, and counts those that arrive at `a`. `setlimit` is a setting. */
const METER: NodeType = {
  ...COMMON,
  name: "meter",
  role: "meter",
  hooks: hooks("a", "b"),
  messages: [{ name: "setlimit", cmd: 1, args: uint32, summary: "Sets the limit." }],
  counters: { [METER_COUNTER]: "Packets counted." },
  create({ node }) {
    let accounted = 0;
    let limit = 0;
    return {
      receive(hook, batch) {
        if (hook.name === "a") accounted += batch.count;
        return node.hooks.get(hook.name === "a" ? "b" : "a")?.send(batch) ?? 0;
      },
      message(message) {
        limit = uint32.read(message.data);
        return undefined;
      },
      settings: () => (limit === 0 ? [] : [settingOf("setlimit", uint32, limit)]),
      counters: () => ({ [METER_COUNTER]: accounted }),
    };
  },
};

/** Passes packets between `a` and `b`, each twice. */
const REPEAT: NodeType = {
  ...COMMON,
  name: "repeat",
  role: "plain",
  hooks: hooks("a", "b"),
  create: ({ node }) => ({
    receive(hook, batch) {
      const other = node.hooks.get(hook.name === "a" ? "b" : "a");
      other?.send(batch);
      return other?.send(batch) ?? 0;
    },
  }),
};

/** Sends packets from `a` in turn to `link0`, `link1` and `link2`, as far as they are connected, and back. */
const TURNS: NodeType = {
  ...COMMON,
  name: "turns",
  role: "plain",
  hooks: hooks("a", "link0", "link1", "link2"),
  create({ node }) {
    let turn = 0;
    return {
      receive(hook, batch) {
        if (hook.name !== "a") return node.hooks.get("a")?.send(batch) ?? 0;
        const links = [...node.hooks.values()].filter(({ name }) => name !== "a");
        return links[turn++ % links.length]?.send(batch) ?? 0;
      },
    };
  },
};

/** Packets end here. */
const SINK: NodeType = {
  ...COMMON,
  name: "sink",
  role: "sink",
  hooks: hooks("in"),
  create: () => ({ receive: () => 0 }),
};

const INTERFACE: NodeType = {
  ...COMMON,
  name: "interface",
  role: "interface",
  hooks: hooks("lower", "upper"),
  lastHook: "keep",
};

/** A graph with interfaces whose hook `lower` is the wire's side and `upper` the host's, and a few types of nodes. */
export class TestMachine implements ModelMachine {
  readonly graph: Graph;
  readonly interfaces: ModelInterface[] = [];
  readonly #listeners: ((place: Place, packet: Uint8Array) => void)[] = [];
  #nowMs = 1_700_000_000_000;

  constructor(...names: string[]) {
    const clock = { nowMs: () => this.#nowMs, monotonicMs: () => this.#nowMs };
    this.graph = createGraph({ clock, types: [INTERFACE, TEE, METER, REPEAT, TURNS, SINK] });
    for (const name of names) this.#attach(name);
  }

  #attach(name: string): void {
    const node = this.graph.addNode(INTERFACE.name, name, () => ({
      receive: (hook, batch) => this.#arrived(hook.name === "lower" ? "wire" : "host", name, batch),
      shutdown: () => "persist",
    }));
    // A packet leaves by the hook of its side. If that is not connected, it goes past the graph to the other side.
    const enter = (hook: "lower" | "upper", other: "wire" | "host", batch: PacketBatch): void => {
      const connected = node.hooks.get(hook);
      if (connected === undefined) this.#arrived(other, name, batch);
      else connected.send(batch);
    };
    this.interfaces.push({
      name,
      node,
      mac: Uint8Array.of(2, 0, 0, 0, 0, this.interfaces.length + 1),
      fromWire: (batch) => enter("lower", "host", batch),
      fromHost: (batch) => enter("upper", "wire", batch),
    });
  }

  #arrived(end: "wire" | "host", name: string, batch: PacketBatch): number {
    for (let i = 0; i < batch.count; i++) for (const each of this.#listeners) each({ end, name }, batch.packet(i));
    return 0;
  }

  onArrival(listener: (place: Place, packet: Uint8Array) => void): void {
    this.#listeners.push(listener);
  }

  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
    this.graph.tick(this.#nowMs);
  }

  targetOf(_node: Node): undefined {
    return undefined;
  }

  missingType(): undefined {
    return undefined;
  }

  missingNode(): undefined {
    return undefined;
  }
}

/** A row of traffic that flows, but for `more`. */
export function trafficRow(more: Partial<Traffic> = {}): Traffic {
  return {
    interface: "em0",
    direction: "in",
    state: "flows",
    passed: ["arp", "icmp", "tcp", "udp", "ipv6"],
    duplicated: false,
    copied: [],
    spread: [],
    lossy: false,
    elsewhere: [],
    counted: [],
    uncounted: [],
    path: [],
    looped: false,
    ...more,
  };
}
