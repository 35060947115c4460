import { displayText } from "./byte-string.ts";
import type { Node } from "./node.ts";
import type { HookSnapshot, NodeSnapshot } from "./snapshot.ts";

/** A node as it is now: complete edges only, hooks oldest first. */
export function nodeSnapshot(node: Node): NodeSnapshot {
  return {
    id: node.id,
    name: node.name === null ? null : displayText(node.name),
    type: node.type.name,
    role: node.type.role,
    hooks: hookSnapshots(node),
    counters: node.behaviour.counters?.() ?? {},
  };
}

function hookSnapshots(node: Node): HookSnapshot[] {
  const hooks: HookSnapshot[] = [];
  for (const { name, peer, valid, outPackets, outBytes, outErrors } of node.hooks.values()) {
    if (peer === null || !valid) continue;
    const peerHook = displayText(peer.name);
    hooks.push({ name: displayText(name), peerId: peer.node.id, peerHook, outPackets, outBytes, outErrors });
  }
  return hooks;
}
