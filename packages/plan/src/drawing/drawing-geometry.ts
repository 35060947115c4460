import { columnsOf, type Link, linksOf } from "./columns.ts";
import type { Picture, PictureNode } from "./picture.ts";
import { textWidth } from "./text-width.ts";

/** Sizes of a drawing, in pixels (72 to Graphviz's inch). */
export const SIZE = {
  name: 16,
  detail: 12.5,
  hook: 12,
  tab: 22,
  tabGap: 8,
  boxPadding: 18,
  boxHeight: 66,
  end: 32,
  endGap: 50,
  targetHeight: 50,
} as const;

/** Where one hook's label sits at its box. */
export interface TabGeometry {
  readonly hook: string;
  readonly side: "left" | "right";
  /** Relative to the node's top left corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** A node's extent, kernel and wire of an interface included. */
export interface NodeGeometry {
  readonly node: PictureNode;
  readonly width: number;
  readonly height: number;
  /** The box itself, relative to the node's top left corner. */
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly tabs: readonly TabGeometry[];
}

/** Everything that a series of pictures shows at one time or another, so that nothing moves from picture to picture. */
export interface DrawingGeometry {
  readonly nodes: ReadonlyMap<number, NodeGeometry>;
  readonly links: readonly Link[];
  /** Sockets' addresses by node, the longest that it ever has. */
  readonly targets: ReadonlyMap<number, { readonly width: number }>;
}

/** Sizes and connections of the union of pictures. */
export function geometryOf(pictures: readonly Picture[]): DrawingGeometry {
  const union = unionOf(pictures);
  const links = linksOf(union, columnsOf(union));
  const longest = new Map<number, number>();
  const targets = new Map<number, { width: number }>();
  for (const { nodes } of pictures) {
    for (const node of nodes) {
      longest.set(node.id, Math.max(longest.get(node.id) ?? 0, labelWidth(node)));
      if (node.target !== null) {
        const width = Math.max(textWidth(node.target.address, SIZE.detail), 76) + 28;
        targets.set(node.id, { width: Math.max(targets.get(node.id)?.width ?? 0, width) });
      }
    }
  }
  const nodes = new Map(union.nodes.map((node) => [node.id, nodeGeometry(node, links, longest.get(node.id)!)]));
  return { nodes, links, targets };
}

/** Every node and edge that some picture has; marks of change are those of the last. */
function unionOf(pictures: readonly Picture[]): Picture {
  const nodes = new Map<number, PictureNode>();
  for (const picture of pictures) {
    for (const node of picture.nodes) {
      const known = nodes.get(node.id);
      const hooks = [...(known?.hooks ?? [])];
      for (const hook of node.hooks) {
        const same = (other: (typeof hooks)[number]): boolean =>
          other.name === hook.name && other.peerId === hook.peerId && other.peerHook === hook.peerHook;
        if (!hooks.some(same)) hooks.push(hook);
      }
      nodes.set(node.id, { ...node, hooks });
    }
  }
  return { nodes: [...nodes.values()].sort((a, b) => a.id - b.id), gone: [] };
}

/** Lines of a node's box. */
export function labelOf(node: PictureNode): { name: string; detail: string } {
  return { name: node.name ?? "no name yet", detail: `${node.type}  [${node.id.toString(16)}]` };
}

function labelWidth(node: PictureNode): number {
  const { name, detail } = labelOf(node);
  return Math.max(textWidth(name, SIZE.name, true), textWidth(detail, SIZE.detail));
}

function nodeGeometry(node: PictureNode, links: readonly Link[], label: number): NodeGeometry {
  const left = unique(links.filter((link) => link.to.id === node.id).map((link) => link.to.hook));
  const connected = links.filter((link) => link.from.id === node.id).map((link) => link.from.hook);
  const right = node.isInterface ? interfaceHooks(connected) : unique(connected);
  const leftWidth = tabWidth(left);
  const rightWidth = tabWidth(right);
  const rows = Math.max(left.length, right.length);
  const end = node.isInterface ? SIZE.end + SIZE.endGap : 0;
  const width = Math.max(Math.ceil(label) + 2 * SIZE.boxPadding, node.isInterface ? 132 : 96);
  const height = Math.max(SIZE.boxHeight, rows * (SIZE.tab + SIZE.tabGap) + SIZE.tabGap);
  const box = { x: leftWidth, y: end, width, height };
  const tabs = [
    ...column(left, "left", 0, leftWidth, box),
    ...column(right, "right", box.x + box.width, rightWidth, box),
  ];
  return { node, width: leftWidth + width + rightWidth, height: height + 2 * end, box, tabs };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** An interface shows its hooks even while they are free, the kernel's side above the wire's. */
function interfaceHooks(connected: readonly string[]): string[] {
  const lower = connected.includes("divert") ? "divert" : "lower";
  return unique(["upper", "orphans", lower, ...connected]);
}

function tabWidth(hooks: readonly string[]): number {
  return hooks.length === 0 ? 0 : Math.ceil(Math.max(...hooks.map((hook) => textWidth(hook, SIZE.hook)))) + 14;
}

function column(
  hooks: readonly string[],
  side: "left" | "right",
  x: number,
  width: number,
  box: NodeGeometry["box"],
): TabGeometry[] {
  const pitch = box.height / hooks.length;
  return hooks.map((hook, i) => ({ hook, side, x, y: box.y + pitch * (i + 0.5) - SIZE.tab / 2, width }));
}
