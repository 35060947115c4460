import { displayText, type Hook, hookDescriptor, METER_COUNTER, type Node } from "@ngflow/graph";
import { PacketBatch } from "@ngflow/base";
import { type ModelInterface, type ModelMachine, nodeLabel } from "./model-graph.ts";
import { type Direction, PROBE_KINDS, type ProbeKind, probeFrame, probeMark } from "./probe-frame.ts";
import type { Place, Traffic } from "./traffic.ts";

const DIRECTIONS: readonly Direction[] = ["in", "out"];
/** Hooks and places that a report lists at most. */
const MAX_LISTED = 64;
/** Time that passes after the probes, so that nodes which delay packets send them on. */
const HOLD_MS = 1000;

/** Packets sent for one interface and direction: every kind, once for nodes to learn from and once to observe. */
const PROBES = 2 * PROBE_KINDS.length;

/** Sends packets through a model and reports where they come out. */
export class Prober {
  readonly #machine: ModelMachine;
  #arrivals = new Map<string, { place: Place; counts: Map<ProbeKind, number> }>();
  #current: { interface: number; direction: Direction } | undefined;
  /** Deliveries that the probes so far may have caused: hooks in reach, for every packet sent. */
  work = 0;
  /** Packets that have left through hooks so far, of hooks in reach of an interface. */
  #sent = new WeakMap<Hook, number>();

  constructor(machine: ModelMachine) {
    this.#machine = machine;
    machine.onArrival((place, packet) => this.#note(place, packet));
  }

  /** The state of every interface and direction. */
  probe(): Traffic[] {
    const rows: Traffic[] = [];
    for (const [index, each] of this.#machine.interfaces.entries()) {
      // Both directions once without observing: nodes that learn addresses then know them, as in a running network.
      for (const direction of ["out", "in"] as const) this.#send(index, each, direction);
      for (const direction of DIRECTIONS) rows.push(this.#observe(index, each, direction));
    }
    return rows;
  }

  #observe(index: number, each: ModelInterface, direction: Direction): Traffic {
    const reach = reachable(each.node);
    for (const node of reach) for (const hook of node.hooks.values()) this.#sent.set(hook, hook.outPackets);
    const counters = reach
      .filter((node) => node.type.role === "meter")
      .map((node) => ({ node, before: accounted(node) }));
    this.work += PROBES * reach.reduce((sum, node) => sum + node.hooks.size, 1);
    const loops = this.#machine.graph.counters().loopDrops;
    this.#send(index, each, direction);

    const { path, touched, ends } = this.#trace(each.node);
    const expected: Place = { end: direction === "in" ? "host" : "wire", name: each.name };
    const main = this.#arrivals.get(keyOf(expected));
    const passed = PROBE_KINDS.filter((kind) => (main?.counts.get(kind) ?? 0) > 0);
    const others = [...this.#arrivals.values()]
      .map(({ place }) => place)
      .filter((place) => keyOf(place) !== keyOf(expected));
    const known = new Set(others.map(({ name }) => name));
    const interfaces = new Set(this.#machine.interfaces.map((one) => one.node));
    for (const node of ends) {
      const name = displayText(nodeLabel(node));
      if (!known.has(name) && !interfaces.has(node)) others.push({ end: "node", name });
    }
    const passing = counters.filter(({ node }) => touched.has(node));
    const counts = (node: Node, before: number): boolean => accounted(node) > before;
    return {
      interface: each.name,
      direction,
      state: passed.length === PROBE_KINDS.length ? "flows" : passed.length === 0 ? "cut" : "partly",
      passed,
      duplicated: [...(main?.counts.values() ?? [])].some((count) => count > 1),
      copied: passed.length > 0 ? others.slice(0, MAX_LISTED) : [],
      elsewhere: passed.length > 0 ? [] : others.slice(0, MAX_LISTED),
      counted: passing
        .filter(({ node, before }) => counts(node, before))
        .map(({ node }) => displayText(nodeLabel(node))),
      uncounted: passing
        .filter(({ node, before }) => !counts(node, before))
        .map(({ node }) => displayText(nodeLabel(node))),
      path,
      looped: this.#machine.graph.counters().loopDrops > loops,
    };
  }

  #send(index: number, each: ModelInterface, direction: Direction): void {
    this.#arrivals = new Map();
    this.#current = { interface: index, direction };
    const timeUs = Math.floor(this.#machine.graph.clock.nowMs() * 1000);
    for (const kind of PROBE_KINDS) {
      const batch = PacketBatch.of(probeFrame(index, each.mac, direction, kind), timeUs);
      this.#machine.graph.run(() => (direction === "in" ? each.fromWire(batch) : each.fromHost(batch)));
    }
    this.#machine.advance(HOLD_MS);
    this.#current = undefined;
  }

  #note(place: Place, packet: Uint8Array): void {
    const mark = probeMark(packet);
    const current = this.#current;
    if (mark === undefined || current === undefined) return;
    if (mark.interface !== (current.interface & 0xff) || mark.direction !== current.direction) return;
    const key = keyOf(place);
    const arrival = this.#arrivals.get(key) ?? { place, counts: new Map<ProbeKind, number>() };
    arrival.counts.set(mark.kind, (arrival.counts.get(mark.kind) ?? 0) + 1);
    this.#arrivals.set(key, arrival);
  }

  /** Follows the hooks that packets have left by since their counts were noted. */
  #trace(start: Node): { path: string[]; touched: Set<Node>; ends: Node[] } {
    const path: string[] = [];
    const touched = new Set<Node>([start]);
    const ends: Node[] = [];
    const queue = [start];
    for (let at = 0; at < queue.length; at++) {
      const node = queue[at]!;
      let left = false;
      for (const hook of node.hooks.values()) {
        if (hook.outPackets <= (this.#sent.get(hook) ?? 0) || isExport(hook)) continue;
        left = true;
        if (path.length < MAX_LISTED) path.push(displayText(`${nodeLabel(node)}:${hook.name}`));
        const next = hook.peer?.node;
        if (next === undefined || touched.has(next)) continue;
        touched.add(next);
        queue.push(next);
      }
      if (!left && node !== start) ends.push(node);
    }
    return { path, touched, ends };
  }
}

/** Flow records leave here, not the packets that they are about. */
function isExport(hook: Hook): boolean {
  return hookDescriptor(hook.node.type, hook.name)?.carries === "export";
}

function accounted(node: Node): number {
  return node.behaviour.counters?.()[METER_COUNTER] ?? 0;
}

function keyOf({ end, name }: Place): string {
  return `${end} ${name}`;
}

/** Every node that is connected with a node, directly or not. */
function reachable(start: Node): Node[] {
  const found = new Set<Node>([start]);
  for (const node of found) for (const { peer } of node.hooks.values()) if (peer !== null) found.add(peer.node);
  return [...found];
}
