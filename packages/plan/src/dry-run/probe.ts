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

/** Packets sent of each kind. Two show whether packets of a kind are treated alike. */
const TIMES = 2;
/** Packets of each kind for each hook of a node, where packets are not treated alike, and the most of them. */
const TIMES_FOR_HOOK = 2;
const MAX_TIMES = 200;

/** Where one packet came out: places by key, with how often it came out there. */
type Fate = ReadonlyMap<string, number>;

/** Sends packets through a model and reports where they come out. */
export class Prober {
  readonly #machine: ModelMachine;
  /** Places where packets came out, by key. */
  #places = new Map<string, Place>();
  /** Fates of the packets of each kind, by number. */
  #fates = new Map<ProbeKind, Map<string, number>[]>();
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
      for (const direction of ["out", "in"] as const) this.#send(index, each, direction, 1);
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
    const hooks = reach.reduce((sum, node) => sum + node.hooks.size, 1);
    const loops = this.#machine.graph.counters().loopDrops;
    const send = (times: number): void => {
      this.work += (times + 1) * PROBE_KINDS.length * hooks;
      this.#send(index, each, direction, times);
    };
    send(TIMES);
    // Nodes that send to their hooks in turn: as many packets as reach each of them, wherever the turn begins.
    if ([...this.#fates.values()].some(differ)) {
      const most = Math.max(...reach.map((node) => node.hooks.size));
      send(Math.min(MAX_TIMES, TIMES_FOR_HOOK * most));
    }

    const { path, touched, ends } = this.#trace(each.node);
    const expected: Place = { end: direction === "in" ? "host" : "wire", name: each.name };
    const main = keyOf(expected);
    const passed = PROBE_KINDS.filter((kind) => this.#fates.get(kind)!.some((fate) => fate.has(main)));
    const fates = passed.flatMap((kind) => this.#fates.get(kind)!);
    const others = [...this.#places.values()].filter((place) => keyOf(place) !== main);
    const spread = others.filter((place) => place.end === expected.end && inTurn(fates, main, keyOf(place)));
    const turns = [main, ...spread.map(keyOf)];
    const lossy = fates.some((fate) => !turns.some((key) => fate.has(key)));
    const known = new Set(others.map(({ name }) => name));
    const interfaces = new Set(this.#machine.interfaces.map((one) => one.node));
    const silent: Place[] = [];
    for (const node of ends) {
      const name = displayText(nodeLabel(node));
      if (!known.has(name) && !interfaces.has(node)) silent.push({ end: "node", name });
    }
    const copied = [...others.filter((place) => !spread.includes(place)), ...(lossy ? [] : silent)];
    const passing = counters.filter(({ node }) => touched.has(node));
    const counts = (node: Node, before: number): boolean => accounted(node) > before;
    return {
      interface: each.name,
      direction,
      state: passed.length === 0 ? "cut" : passed.length === PROBE_KINDS.length && !lossy ? "flows" : "partly",
      passed,
      duplicated: fates.some((fate) => (fate.get(main) ?? 0) > 1),
      copied: passed.length > 0 ? copied.slice(0, MAX_LISTED) : [],
      spread: spread.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MAX_LISTED),
      lossy,
      elsewhere: (passed.length === 0 ? [...others, ...silent] : lossy ? silent : []).slice(0, MAX_LISTED),
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

  #send(index: number, each: ModelInterface, direction: Direction, times: number): void {
    this.#places = new Map();
    this.#fates = new Map(PROBE_KINDS.map((kind) => [kind, Array.from({ length: times }, () => new Map())]));
    this.#current = { interface: index, direction };
    const timeUs = Math.floor(this.#machine.graph.clock.nowMs() * 1000);
    for (const kind of PROBE_KINDS) {
      for (let serial = 0; serial < times; serial++) {
        const batch = PacketBatch.of(probeFrame(index, each.mac, direction, kind, serial), timeUs);
        this.#machine.graph.run(() => (direction === "in" ? each.fromWire(batch) : each.fromHost(batch)));
      }
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
    this.#places.set(key, place);
    const fate = this.#fates.get(mark.kind)?.[mark.serial];
    fate?.set(key, (fate.get(key) ?? 0) + 1);
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

/** Whether packets of a kind came out at different places. */
function differ(fates: readonly Fate[]): boolean {
  const texts = fates.map((fate) => [...fate.keys()].sort().join());
  return texts.some((text) => text !== texts[0]);
}

/** Whether packets came out either at one place or at another, and none at both. */
function inTurn(fates: readonly Fate[], main: string, other: string): boolean {
  return (
    fates.some((fate) => fate.has(other) && !fate.has(main)) && !fates.some((fate) => fate.has(other) && fate.has(main))
  );
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
