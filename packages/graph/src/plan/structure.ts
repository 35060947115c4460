import { displayText } from "../byte-string.ts";
import type { Graph } from "../graph.ts";
import type { Node } from "../node.ts";

/** A node by what connects it; a NodeSnapshot is one. */
export interface StructureNode {
  readonly id: number;
  readonly name: string | null;
  readonly type: string;
  readonly hooks: readonly { readonly name: string; readonly peerId: number; readonly peerHook: string }[];
}

/** Nodes by id, ascending. */
export type Structure = ReadonlyMap<number, StructureNode>;

/** Nodes, names and edges of a graph as they are now. @param hidden nodes that are left out while they have no hooks. */
export function structureOf(graph: Graph, hidden: (node: Node) => boolean = () => false): Structure {
  const nodes = [...graph.nodes()].filter((node) => node.hooks.size > 0 || !hidden(node));
  return structureFrom(
    nodes.map((node) => ({
      id: node.id,
      name: node.name === null ? null : displayText(node.name),
      type: node.type.name,
      hooks: [...node.hooks.values()].flatMap(({ name, peer }) =>
        peer === null ? [] : [{ name: displayText(name), peerId: peer.node.id, peerHook: displayText(peer.name) }],
      ),
    })),
  );
}

/** The structure of nodes in any order, those of a GraphSnapshot for instance. */
export function structureFrom(nodes: readonly StructureNode[]): Structure {
  return new Map([...nodes].sort((a, b) => a.id - b.id).map((node) => [node.id, node]));
}
