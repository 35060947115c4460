import type { Node } from "../node.ts";
import type { NodeSetting } from "../node-type.ts";
import type { EdgeEnd, GraphChange } from "./graph-change.ts";
import type { Journal } from "./journal.ts";
import { structureNode } from "./structure-node.ts";
import { type Structure, structureFrom, type StructureNode } from "./structure.ts";

/** A journal, as the graph keeps it. */
export class KeptJournal implements Journal {
  readonly #changes: GraphChange[] = [];
  readonly #settings = new Map<number, readonly NodeSetting[]>();
  readonly #made = new Set<number>();
  readonly #find: (id: number) => Node | undefined;
  readonly #leave: (journal: KeptJournal) => void;

  constructor(find: (id: number) => Node | undefined, leave: (journal: KeptJournal) => void) {
    this.#find = find;
    this.#leave = leave;
  }

  /** A node is about to get a message, to gain or lose a hook, or to end. */
  touching(node: Node): void {
    if (this.#settings.has(node.id) || this.#made.has(node.id)) return;
    this.#settings.set(node.id, node.behaviour.settings?.() ?? []);
  }

  note(change: GraphChange): void {
    this.#changes.push(change);
    if (change.kind === "made") this.#made.add(change.id);
  }

  structures(): { readonly before: Structure; readonly now: Structure } {
    const touched = new Set(this.#settings.keys());
    for (const change of this.#changes) {
      if ("ends" in change) for (const { id } of change.ends) touched.add(id);
      else touched.add(change.id);
    }
    const alive = [...touched].flatMap((id) => this.#find(id) ?? []);
    const now = structureFrom(alive.map(structureNode));
    return { before: rewound(now, this.#changes), now };
  }

  settings(): ReadonlyMap<number, readonly NodeSetting[]> {
    return this.#settings;
  }

  end(): void {
    this.#leave(this);
  }
}

interface Rewound extends Omit<StructureNode, "name" | "hooks"> {
  name: string | null;
  readonly hooks: Map<string, StructureNode["hooks"][number]>;
}

/** A structure before changes, of which it has all nodes that they name and that are still there. */
function rewound(now: Structure, changes: readonly GraphChange[]): Structure {
  const nodes = new Map<number, Rewound>();
  for (const node of now.values())
    nodes.set(node.id, { ...node, hooks: new Map(node.hooks.map((hook) => [hook.name, hook])) });
  const join = (end: EdgeEnd, peer: EdgeEnd): void =>
    void nodes.get(end.id)?.hooks.set(end.hook, { name: end.hook, peerId: peer.id, peerHook: peer.hook });
  for (const change of changes.toReversed()) {
    switch (change.kind) {
      case "made":
        nodes.delete(change.id);
        break;
      case "gone": {
        const { id, type, role, name } = change;
        nodes.set(id, { id, type, role, name, hooks: new Map() });
        break;
      }
      case "named": {
        const node = nodes.get(change.id);
        if (node !== undefined) node.name = change.was;
        break;
      }
      case "joined":
        for (const { id, hook } of change.ends) nodes.get(id)?.hooks.delete(hook);
        break;
      case "parted": {
        const [a, b] = change.ends;
        join(a, b);
        join(b, a);
      }
    }
  }
  return structureFrom([...nodes.values()].map((node) => ({ ...node, hooks: [...node.hooks.values()] })));
}
