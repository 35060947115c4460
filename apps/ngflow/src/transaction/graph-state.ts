import { type Graph, type Node, structureNode, type StructureNode } from "@ngflow/graph";
import type { Profile } from "@ngflow/nodes";
import { nodesInSlices } from "../control/graph-in-slices.ts";
import type { JsonParts } from "../control/json-parts.ts";
import { readSettings, type Setting } from "./setting.ts";

/** A graph from which another process can build a copy: sent over the control socket as JSON. */
export interface GraphState {
  /** Revision of the graph's structure. A script is applied only if it is unchanged. */
  readonly revision: number;
  readonly nodes: readonly StructureNode[];
  readonly settings: readonly Setting[];
  /** Names of interface nodes that only observe: they cannot cut anything. */
  readonly observing: readonly string[];
  /** Profile of its netflow nodes. */
  readonly profile: Profile;
  /** Types that the graph can make, for the question whether a model has them too. */
  readonly types: readonly string[];
}

/**
 * JSON of the state of a graph, made in slices.
 * @param observes whether the interface of the node of that name only observes.
 */
export function readState(graph: Graph, observes: (name: string) => boolean, profile: Profile): Promise<JsonParts> {
  let settings: Setting[] = [];
  let observing: string[] = [];
  let { revision } = graph;
  const begin = (): void => {
    settings = [];
    observing = [];
    revision = graph.revision;
  };
  const read = (node: Node): StructureNode => {
    const row = structureNode(node);
    settings.push(...readSettings([node], { local: false }));
    if (row.role === "interface" && row.name !== null && observes(row.name)) observing.push(row.name);
    return row;
  };
  // The revision is that of the beginning: if the graph has changed since, the transaction finds another one.
  const facts = (): Omit<GraphState, "nodes"> => ({
    revision,
    settings,
    observing,
    profile,
    types: graph.types().map(({ type }) => type.name),
  });
  return nodesInSlices(graph, read, facts, begin);
}
