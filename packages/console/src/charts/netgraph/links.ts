import type { GraphSnapshot, HookSnapshot, NodeRole, NodeSnapshot } from "@ngflow/server/client";

/** Two connected hooks. Which end is the tail only decides the drawing: tails are left of heads. */
export interface Link {
  /** Stable while the connection lasts. */
  readonly key: string;
  readonly tail: LinkEnd;
  readonly head: LinkEnd;
}

export interface LinkEnd {
  readonly node: NodeSnapshot;
  readonly hook: HookSnapshot;
}

/** Nodes that end a graph: they are drawn to the right of what feeds them. */
const SINKS: ReadonlySet<NodeRole> = new Set(["transport", "sink", "program"]);

/** Every pair of connected hooks once. A hook whose peer is not in the snapshot is left out. */
export function linksOf(graph: GraphSnapshot): Link[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const links: Link[] = [];
  for (const node of graph.nodes) {
    for (const hook of node.hooks) {
      const peer = nodes.get(hook.peerId);
      const peerHook = peer?.hooks.find(({ name }) => name === hook.peerHook);
      if (!peer || !peerHook) continue;
      const first = node.id < peer.id || (node.id === peer.id && hook.name <= peerHook.name);
      if (!first) continue;
      const own: LinkEnd = { node, hook };
      const other: LinkEnd = { node: peer, hook: peerHook };
      const flip = SINKS.has(node.role) && !SINKS.has(peer.role);
      const [tail, head] = flip ? [other, own] : [own, other];
      links.push({ key: `${node.id}:${hook.name}-${peer.id}:${peerHook.name}`, tail, head });
    }
  }
  return links;
}

/** What decides the layout: a drawing with the same signature keeps its place. */
export function structureOf(graph: GraphSnapshot): string {
  const nodes = graph.nodes.map(({ id, name, type, hooks }) => [
    id,
    name,
    type,
    hooks.map(({ name: hook, peerId, peerHook }) => [hook, peerId, peerHook]),
  ]);
  return JSON.stringify(nodes);
}

/** Traffic of a link per second, in both directions. */
export interface LinkRate {
  readonly forward: { readonly packets: number; readonly bits: number };
  readonly backward: { readonly packets: number; readonly bits: number };
}

/** Samples the rates are taken over. */
const WINDOW = 3;

/** Rates of links over the last few snapshots. */
export class LinkRates {
  readonly #samples: GraphSnapshot[] = [];

  add(graph: GraphSnapshot): void {
    const last = this.#samples.at(-1);
    if (last && graph.timeMs <= last.timeMs) {
      if (graph.timeMs === last.timeMs) return;
      this.#samples.length = 0;
    }
    this.#samples.push(graph);
    if (this.#samples.length > WINDOW + 1) this.#samples.shift();
  }

  /** Rates of a link of the newest snapshot; null until it was seen twice. */
  of(link: Link): LinkRate | null {
    const last = this.#samples.at(-1);
    if (!last) return null;
    for (const first of this.#samples) {
      if (first === last) return null;
      const tail = hookIn(first, link.tail);
      const head = hookIn(first, link.head);
      if (!tail || !head) continue;
      const seconds = (last.timeMs - first.timeMs) / 1000;
      return { forward: rate(tail, link.tail.hook, seconds), backward: rate(head, link.head.hook, seconds) };
    }
    return null;
  }
}

/** The same hook, on the same connection, in an earlier snapshot. */
function hookIn(graph: GraphSnapshot, end: LinkEnd): HookSnapshot | undefined {
  return graph.nodes
    .find(({ id }) => id === end.node.id)
    ?.hooks.find(
      (hook) => hook.name === end.hook.name && hook.peerId === end.hook.peerId && hook.peerHook === end.hook.peerHook,
    );
}

function rate(before: HookSnapshot, now: HookSnapshot, seconds: number): { packets: number; bits: number } {
  return {
    packets: Math.max(0, now.outPackets - before.outPackets) / seconds,
    bits: (8 * Math.max(0, now.outBytes - before.outBytes)) / seconds,
  };
}
