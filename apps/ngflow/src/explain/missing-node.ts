import type { Graph } from "@ngflow/graph";
import { lackedType } from "./freebsd-types.ts";

/** Nodes that FreeBSD makes by itself when the module of their type is loaded: name and type (ng_ipfw(4)). */
const MODULE_NODES: ReadonlyMap<string, string> = new Map([["ipfw", "ipfw"]]);

/** Why a graph lacks a node that FreeBSD would have; undefined for other names. */
export function missingNode(graph: Graph, name: string): string | undefined {
  const type = MODULE_NODES.get(name);
  if (type === undefined || graph.types().some((use) => use.type.name === type)) return undefined;
  return `FreeBSD makes the node ${name} when ng_${type} is loaded. ${lackedType(type) ?? ""}`.trim();
}
