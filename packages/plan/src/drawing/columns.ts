import type { Picture, PictureNode } from "./picture.ts";

/** An edge of a drawing, from the node that is nearer to an interface to the other one. */
export interface Link {
  readonly from: { readonly id: number; readonly hook: string };
  readonly to: { readonly id: number; readonly hook: string };
  readonly isNew: boolean;
  /** `straight`: between neighbouring columns, from `column` to the next. */
  readonly kind: "straight" | "other";
  readonly column: number;
}

/** Order of hooks that reads well: the kernel's side above the wire's. */
const HOOK_ORDER = ["upper", "out", "orphans", "lower", "iface", "divert"];

function rank(hook: string): number {
  const at = HOOK_ORDER.findIndex((name) => hook.startsWith(name));
  return at === -1 ? HOOK_ORDER.length : at;
}

/** Nodes by their distance from an interface; nodes that no interface reaches begin at the left too. */
export function columnsOf(picture: Picture): PictureNode[][] {
  const byId = new Map(picture.nodes.map((node) => [node.id, node]));
  const depth = new Map<number, number>();
  const spread = (roots: readonly PictureNode[]): void => {
    for (const root of roots) depth.set(root.id, 0);
    const queue = [...roots];
    for (let at = 0; at < queue.length; at++) {
      const node = queue[at]!;
      for (const { peerId } of sorted(node)) {
        const peer = byId.get(peerId);
        if (peer === undefined || depth.has(peerId)) continue;
        depth.set(peerId, depth.get(node.id)! + 1);
        queue.push(peer);
      }
    }
  };
  spread(picture.nodes.filter((node) => node.isInterface));
  for (const node of picture.nodes) if (!depth.has(node.id)) spread([node]);
  const columns: PictureNode[][] = [];
  for (const [id, at] of depth) {
    while (columns.length <= at) columns.push([]);
    columns[at]!.push(byId.get(id)!);
  }
  return columns;
}

function sorted(node: PictureNode): PictureNode["hooks"] {
  return [...node.hooks].sort((a, b) => rank(a.name) - rank(b.name));
}

/** Edges, each once. */
export function linksOf(picture: Picture, columns: readonly (readonly PictureNode[])[]): Link[] {
  const depth = new Map(columns.flatMap((nodes, at) => nodes.map((node) => [node.id, at] as const)));
  const links: Link[] = [];
  for (const nodes of columns) {
    for (const node of nodes) {
      for (const hook of sorted(node)) {
        const [own, other] = [depth.get(node.id)!, depth.get(hook.peerId)];
        if (other === undefined || other < own) continue;
        if (other === own && (hook.peerId < node.id || (hook.peerId === node.id && hook.peerHook < hook.name)))
          continue;
        const kind = other === own + 1 ? "straight" : "other";
        const from = { id: node.id, hook: hook.name };
        links.push({ from, to: { id: hook.peerId, hook: hook.peerHook }, isNew: hook.isNew, kind, column: own });
      }
    }
  }
  return links;
}
