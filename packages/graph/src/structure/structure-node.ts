import { displayText } from "../byte-string.ts";
import type { Node } from "../node.ts";
import type { StructureNode } from "./structure.ts";

/** A node by what connects it. */
export function structureNode(node: Node): StructureNode {
  return {
    id: node.id,
    name: node.name === null ? null : displayText(node.name),
    type: node.type.name,
    role: node.type.role,
    hooks: [...node.hooks.values()].flatMap(({ name, peer }) =>
      peer === null ? [] : [{ name: displayText(name), peerId: peer.node.id, peerHook: displayText(peer.name) }],
    ),
  };
}
