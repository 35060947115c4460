import { displayText } from "../byte-string.ts";
import type { Graph } from "../graph.ts";
import type { Hook } from "../hook.ts";
import type { Node } from "../node.ts";

/** One end of an edge, in text. */
export interface EdgeEnd {
  readonly id: number;
  /** The node's name, null if it has none. */
  readonly node: string | null;
  readonly hook: string;
}

/** What an operation did to the graph's structure. */
export type GraphChange =
  | { readonly kind: "made" | "gone"; readonly id: number; readonly type: string; readonly name: string | null }
  | {
      readonly kind: "named";
      readonly id: number;
      readonly type: string;
      readonly name: string;
      readonly was: string | null;
    }
  | { readonly kind: "joined" | "parted"; readonly ends: readonly [EdgeEnd, EdgeEnd] };

interface Known {
  readonly name: string | null;
  readonly hooks: ReadonlyMap<Hook, Hook>;
}

/** Tells what changed in a graph since it was asked last. */
export class ChangeTracker {
  private readonly graph: Graph;
  private readonly hidden: (node: Node) => boolean;
  private known: Map<Node, Known>;

  /** @param hidden nodes that are not reported unless they have hooks: the socket of the program that runs the script. */
  constructor(graph: Graph, hidden: (node: Node) => boolean) {
    this.graph = graph;
    this.hidden = hidden;
    this.known = this.look();
  }

  changes(): GraphChange[] {
    const before = this.known;
    const after = this.look(before);
    this.known = after;
    const changes: GraphChange[] = [];
    for (const [node, known] of after) {
      const was = before.get(node);
      const { id, type } = node;
      if (was === undefined) changes.push({ kind: "made", id, type: type.name, name: text(known.name) });
      else if (known.name !== was.name && known.name !== null)
        changes.push({ kind: "named", id, type: type.name, name: displayText(known.name), was: text(was.name) });
    }
    for (const [node, { name }] of before)
      if (!after.has(node)) changes.push({ kind: "gone", id: node.id, type: node.type.name, name: text(name) });
    edges(after, before, (a, b) => changes.push({ kind: "joined", ends: [endOf(a), endOf(b)] }));
    edges(before, after, (a, b) => changes.push({ kind: "parted", ends: [endOf(a, before), endOf(b, before)] }));
    return changes;
  }

  /** @param before nodes that have not changed keep their record of then. */
  private look(before?: ReadonlyMap<Node, Known>): Map<Node, Known> {
    const found = new Map<Node, Known>();
    for (const node of this.graph.nodes()) {
      if (node.hooks.size === 0 && this.hidden(node)) continue;
      const known = before?.get(node);
      found.set(node, known !== undefined && unchanged(node, known) ? known : record(node));
    }
    return found;
  }
}

function record(node: Node): Known {
  const hooks = new Map<Hook, Hook>();
  for (const hook of node.hooks.values()) if (hook.peer !== null && hook.valid) hooks.set(hook, hook.peer);
  return { name: node.name, hooks };
}

function unchanged(node: Node, known: Known): boolean {
  if (node.name !== known.name || node.hooks.size !== known.hooks.size) return false;
  for (const hook of node.hooks.values()) if (hook.peer === null || known.hooks.get(hook) !== hook.peer) return false;
  return true;
}

/** Calls `found` once for every edge that is in `some` and not in `others`, its older node first. */
function edges(
  some: ReadonlyMap<Node, Known>,
  others: ReadonlyMap<Node, Known>,
  found: (a: Hook, b: Hook) => void,
): void {
  for (const [node, known] of some) {
    const other = others.get(node);
    if (other === known) continue;
    for (const [hook, peer] of known.hooks) {
      if (other?.hooks.get(hook) === peer) continue;
      const first = hook.node.id < peer.node.id || (hook.node === peer.node && hook.name <= peer.name);
      if (first || !some.has(peer.node)) found(hook, peer);
    }
  }
}

function endOf(hook: Hook, names?: ReadonlyMap<Node, Known>): EdgeEnd {
  const name = names?.get(hook.node)?.name ?? hook.node.name;
  return { id: hook.node.id, node: text(name), hook: displayText(hook.name) };
}

function text(name: string | null): string | null {
  return name === null ? null : displayText(name);
}
