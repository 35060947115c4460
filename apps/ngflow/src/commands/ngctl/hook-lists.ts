import type { HookList, NodeInfo, StructureNode } from "@ngflow/graph";

/** Every node of a graph with its hooks as in replies of `listhooks`: names are bytes, the newest hook is first. */
export function hookLists(structure: readonly StructureNode[]): HookList[] {
  const infos = new Map(structure.map((node) => [node.id, infoOf(node)]));
  return structure.map(({ id, hooks }) => ({
    node: infos.get(id)!,
    links: hooks.toReversed().flatMap(({ name, peerId, peerHook }) => {
      const peer = infos.get(peerId);
      return peer === undefined ? [] : [{ hook: bytes(name), peerHook: bytes(peerHook), peer }];
    }),
  }));
}

function infoOf({ id, name, type, hooks }: StructureNode): NodeInfo {
  return { id, name: bytes(name ?? ""), type: bytes(type), hooks: hooks.length };
}

function bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
