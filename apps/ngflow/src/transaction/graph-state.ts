import { type Graph, type StructureNode, structureOf } from "@ngflow/graph";
import { readSettings, type Setting } from "./setting.ts";

/** A graph from which another process can build a copy: sent over the control socket as JSON. */
export interface GraphState {
  /** Revision of the graph's structure. A script is applied only if it is unchanged. */
  readonly revision: number;
  readonly nodes: readonly StructureNode[];
  readonly settings: readonly Setting[];
  /** Names of interface nodes that only observe: they cannot cut anything. */
  readonly observing: readonly string[];
  /** Types that the graph can make, for the question whether a model has them too. */
  readonly types: readonly string[];
}

/** Reads a graph. @param observes whether the interface of the node of that name only observes. */
export function readState(graph: Graph, observes: (name: string) => boolean): GraphState {
  const nodes = [...structureOf(graph).values()];
  return {
    revision: graph.revision,
    nodes,
    settings: readSettings(graph.nodes(), { local: false }),
    observing: nodes.flatMap(({ name, role }) =>
      role === "interface" && name !== null && observes(name) ? [name] : [],
    ),
    types: graph.types().map(({ type }) => type.name),
  };
}
