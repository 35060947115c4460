import type { Graph } from "../graph.ts";
import type { Node } from "../node.ts";
import { structureNode } from "./structure-node.ts";
import { type Structure, structureFrom } from "./structure.ts";

/**
 * Nodes, names and edges of a graph as they are now.
 * @param hidden nodes that are left out while they have no hooks.
 */
export function structureOf(graph: Graph, hidden: (node: Node) => boolean = () => false): Structure {
  const nodes = [...graph.nodes()].filter((node) => node.hooks.size > 0 || !hidden(node));
  return structureFrom(nodes.map(structureNode));
}
