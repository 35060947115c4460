import type { NodeRole } from "../node-role.ts";

/** A node by what connects it; a NodeSnapshot is one. */
export interface StructureNode {
  readonly id: number;
  readonly name: string | null;
  readonly type: string;
  readonly role: NodeRole;
  readonly hooks: readonly { readonly name: string; readonly peerId: number; readonly peerHook: string }[];
}

/** Nodes by id, ascending. */
export type Structure = ReadonlyMap<number, StructureNode>;

/** The structure of nodes in any order, those of a GraphSnapshot for instance. */
export function structureFrom(nodes: readonly StructureNode[]): Structure {
  return new Map([...nodes].sort((a, b) => a.id - b.id).map((node) => [node.id, node]));
}
