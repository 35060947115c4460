import { displayText } from "../byte-string.ts";
import type { Graph } from "../graph.ts";
import type { Hook } from "../hook.ts";
import type { Node } from "../node.ts";
import type { EdgeEnd, GraphChange } from "./graph-change.ts";

interface Known {
  readonly name: string | null;
  readonly hooks: ReadonlyMap<Hook, Hook>;
  /** Number of the scan that last found the node. */
  seen: number;
}

/** A node that has changed: as it was and as it is; undefined where it did not exist or no longer exists. */
interface Touched {
  readonly was: Known | undefined;
  readonly now: Known | undefined;
}

/** Reports what changed in a graph since the last call of `changes`. */
export class ChangeTracker {
  readonly #graph: Graph;
  readonly #hidden: (node: Node) => boolean;
  readonly #known = new Map<Node, Known>();
  #scans = 0;

  /**
   * @param hidden nodes that are not reported unless they have hooks: the socket of the program that runs the script.
   */
  constructor(graph: Graph, hidden: (node: Node) => boolean) {
    this.#graph = graph;
    this.#hidden = hidden;
    this.#scan();
  }

  /** Nodes when it was asked last. */
  get size(): number {
    return this.#known.size;
  }

  changes(): GraphChange[] {
    const touched = this.#scan();
    const changes: GraphChange[] = [];
    for (const [node, { was, now }] of touched) {
      const { id, type } = node;
      if (now === undefined) continue;
      if (was === undefined) changes.push({ kind: "made", id, type: type.name, role: type.role, name: text(now.name) });
      else if (now.name !== was.name && now.name !== null)
        changes.push({ kind: "named", id, type: type.name, name: displayText(now.name), was: text(was.name) });
    }
    for (const [{ id, type }, { was, now }] of touched) {
      if (now !== undefined) continue;
      changes.push({ kind: "gone", id, type: type.name, role: type.role, name: text(was!.name) });
    }
    edges(touched, "now", "was", (a, b) => changes.push({ kind: "joined", ends: [endOf(a), endOf(b)] }));
    edges(touched, "was", "now", (a, b) => {
      const end = (hook: Hook): EdgeEnd => endOf(hook, touched.get(hook.node)?.was);
      changes.push({ kind: "parted", ends: [end(a), end(b)] });
    });
    return changes;
  }

  /** Goes through the graph once and keeps what it finds. Returns the nodes that differ from the last time. */
  #scan(): Map<Node, Touched> {
    const touched = new Map<Node, Touched>();
    const scan = ++this.#scans;
    let found = 0;
    for (const node of this.#graph.nodes()) {
      if (node.hooks.size === 0 && this.#hidden(node)) continue;
      found++;
      const was = this.#known.get(node);
      if (was !== undefined && unchanged(node, was)) {
        was.seen = scan;
        continue;
      }
      const now = record(node, scan);
      this.#known.set(node, now);
      touched.set(node, { was, now });
    }
    if (found < this.#known.size) {
      for (const [node, was] of this.#known) {
        if (was.seen === scan) continue;
        this.#known.delete(node);
        touched.set(node, { was, now: undefined });
      }
    }
    return touched;
  }
}

function record(node: Node, seen: number): Known {
  const hooks = new Map<Hook, Hook>();
  for (const hook of node.hooks.values()) if (hook.peer !== null && hook.valid) hooks.set(hook, hook.peer);
  return { name: node.name, hooks, seen };
}

function unchanged(node: Node, known: Known): boolean {
  if (node.name !== known.name || node.hooks.size !== known.hooks.size) return false;
  for (const hook of node.hooks.values()) if (hook.peer === null || known.hooks.get(hook) !== hook.peer) return false;
  return true;
}

/** Calls `found` once for every edge that exists before or after, but not both; its older node comes first. */
function edges(
  touched: ReadonlyMap<Node, Touched>,
  at: "was" | "now",
  other: "was" | "now",
  found: (a: Hook, b: Hook) => void,
): void {
  for (const [node, times] of touched) {
    for (const [hook, peer] of times[at]?.hooks ?? []) {
      if (times[other]?.hooks.get(hook) === peer) continue;
      const first = node.id < peer.node.id || (node === peer.node && hook.name <= peer.name);
      if (first || touched.get(peer.node)?.[at]?.hooks.get(peer) !== hook) found(hook, peer);
    }
  }
}

function endOf(hook: Hook, was?: Known): EdgeEnd {
  const name = was === undefined ? hook.node.name : was.name;
  return { id: hook.node.id, node: text(name), hook: displayText(hook.name) };
}

function text(name: string | null): string | null {
  return name === null ? null : displayText(name);
}
