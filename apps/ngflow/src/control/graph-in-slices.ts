import { type Graph, type Node, nodeSnapshot, structureNode } from "@ngflow/graph";
import { type JsonParts, jsonInSlices } from "./json-parts.ts";

/** How often an answer is made again because the graph changed meanwhile. */
const MAX_ATTEMPTS = 3;

/**
 * Makes an answer about the whole graph in slices, so that packets do not wait for it. If the structure changes
 * meanwhile, it is made again. After some attempts it is as it is: nodes that were made or ended meanwhile may be
 * missing in it.
 */
async function settled(graph: Graph, make: () => Promise<JsonParts>): Promise<JsonParts> {
  for (let i = 1; ; i++) {
    const { revision } = graph;
    const made = await make();
    if (graph.revision === revision || i === MAX_ATTEMPTS) return made;
  }
}

/**
 * JSON of an object whose `nodes` are values of the nodes, in the order of `listnodes`, and of `facts`.
 * @param begin is called before each attempt.
 */
export function nodesInSlices(
  graph: Graph,
  valueOf: (node: Node) => object,
  facts: () => object = () => ({}),
  begin: () => void = () => {},
): Promise<JsonParts> {
  const make = (): Promise<JsonParts> => {
    begin();
    return jsonInSlices("nodes", [...graph.nodes()], (node) => (node.valid ? valueOf(node) : undefined), facts);
  };
  return settled(graph, make);
}

/** JSON of a snapshot and more facts. */
export function snapshotInSlices(graph: Graph, more: () => object): Promise<JsonParts> {
  return nodesInSlices(graph, nodeSnapshot, () => ({ ...graph.facts(), ...more() }));
}

/** JSON of `{ nodes }`: nodes, names and edges, in the order of `listnodes`. */
export function structureInSlices(graph: Graph): Promise<JsonParts> {
  return nodesInSlices(graph, structureNode);
}
