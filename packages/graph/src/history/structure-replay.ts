import type { NodeRole } from "../node-role.ts";
import type { EdgeEnd, GraphChange } from "../structure/graph-change.ts";
import type { StructureNode } from "../structure/structure.ts";
import type { GraphHistory } from "./graph-history.ts";

interface ReplayedNode {
  readonly id: number;
  readonly type: string;
  readonly role: NodeRole;
  name: string | null;
  readonly hooks: Map<string, { readonly name: string; readonly peerId: number; readonly peerHook: string }>;
}

/** A structure that follows changes. */
export class StructureReplay {
  readonly #byId = new Map<number, ReplayedNode>();

  constructor(base: readonly StructureNode[] = []) {
    for (const { id, type, role, name, hooks } of base) {
      this.#byId.set(id, { id, type, role, name, hooks: new Map(hooks.map((hook) => [hook.name, hook])) });
    }
  }

  apply(change: GraphChange): void {
    switch (change.kind) {
      case "made": {
        const { id, type, role, name } = change;
        this.#byId.set(id, { id, type, role, name, hooks: new Map() });
        return;
      }
      case "gone":
        this.#byId.delete(change.id);
        return;
      case "named": {
        const node = this.#byId.get(change.id);
        if (node !== undefined) node.name = change.name;
        return;
      }
      case "joined": {
        const [a, b] = change.ends;
        this.#join(a, b);
        this.#join(b, a);
        return;
      }
      case "parted":
        for (const { id, hook } of change.ends) this.#byId.get(id)?.hooks.delete(hook);
    }
  }

  /** The nodes as they are now, by id. */
  nodes(): StructureNode[] {
    return [...this.#byId.values()]
      .sort((a, b) => a.id - b.id)
      .map(({ id, type, role, name, hooks }) => ({ id, type, role, name, hooks: [...hooks.values()] }));
  }

  #join(end: EdgeEnd, peer: EdgeEnd): void {
    this.#byId.get(end.id)?.hooks.set(end.hook, { name: end.hook, peerId: peer.id, peerHook: peer.hook });
  }
}

/** The graph after the first `count` steps of a history. */
export function graphAt(history: GraphHistory, count: number): StructureNode[] {
  const replay = new StructureReplay(history.base);
  for (const { changes } of history.steps.slice(0, count)) for (const change of changes) replay.apply(change);
  return replay.nodes();
}
