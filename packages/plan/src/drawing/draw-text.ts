import type { TextPaint } from "./text-paint.ts";
import type { Picture, PictureNode } from "./picture.ts";
import { CharGrid } from "./char-grid.ts";
import { columnsOf, type Link, linksOf } from "./columns.ts";
import type { Traffic } from "../dry-run/traffic.ts";

/** Nodes of the largest drawing. */
const MAX_NODES = 40;
const GAP = 3;

/** How edges are drawn: `compact` puts the names at their ends one below the other, where the page is narrow. */
type Layout = "roomy" | "compact";

interface Box {
  readonly node: PictureNode;
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
  x: number;
  y: number;
  /** Row of each hook by name, relative to `y`, and the side that it is on. */
  readonly hooks: ReadonlyMap<string, { row: number; side: "left" | "right" }>;
}

/**
 * A drawing for a terminal, a string per line. Interface nodes are at the left between kernel and wire, the nodes
 * connected to them at the right. Hook names are where edges meet boxes. New nodes have double frames, new edges double
 * lines. Empty when there is nothing to draw.
 *
 * @param width columns of the terminal; a wider drawing becomes compact, or a list of edges
 */
export function drawText(
  picture: Picture,
  traffic: readonly Traffic[],
  paint: TextPaint,
  width = Number.POSITIVE_INFINITY,
): string[] {
  if (picture.nodes.length === 0) return [];
  if (picture.nodes.length > MAX_NODES) return [`(${picture.nodes.length} nodes: too many for a terminal drawing)`];
  const columns = columnsOf(picture);
  const links = linksOf(picture, columns);
  let undrawn: readonly Link[] = links;
  let lines = ["(the drawing is wider than this terminal)"];
  for (const layout of ["roomy", "compact"] as const) {
    const grid = new CharGrid();
    const boxes = place(columns, links, layout);
    for (const box of boxes.values()) drawBox(grid, box, traffic);
    const rest = links.filter((link) => !drawLink(grid, boxes, links, link, layout));
    if (grid.width() > width) continue;
    [lines, undrawn] = [grid.lines(paint), rest];
    break;
  }
  const names = new Map(picture.nodes.map((node) => [node.id, node.name ?? `[${node.id.toString(16)}]`]));
  for (const { from, to } of undrawn) {
    lines.push(`also: ${names.get(from.id)}:${from.hook} ─── ${names.get(to.id)}:${to.hook}`);
  }
  return lines;
}

function label(node: PictureNode): string[] {
  const id = `[${node.id.toString(16)}]`;
  const target = node.target === null ? [] : [`to ${node.target.address}`];
  return [node.name ?? "(no name)", `${node.type} ${id}`, ...target];
}

/** Boxes by node, each column to the right of the one before, a box at the height of its parent if there is room. */
function place(columns: readonly (readonly PictureNode[])[], links: readonly Link[], layout: Layout): Map<number, Box> {
  const boxes = new Map<number, Box>();
  let x = 0;
  for (const [column, nodes] of columns.entries()) {
    let y = 0;
    let width = 0;
    const made = nodes.map((node) => makeBox(node, links, layout));
    for (const box of made) {
      box.x = x;
      const extra = box.node.isInterface ? 2 : 0;
      const entry = links.find((link) => link.kind === "straight" && link.to.id === box.node.id);
      const parent = entry === undefined ? undefined : boxes.get(entry.from.id);
      let wanted = 0;
      if (parent !== undefined) {
        wanted = parent.y + parent.hooks.get(entry!.from.hook)!.row - box.hooks.get(entry!.to.hook)!.row;
      }
      box.y = Math.max(y + extra, wanted);
      y = box.y + box.height + extra + (extra > 0 ? 1 : 0);
      width = Math.max(width, box.width);
      boxes.set(box.node.id, box);
    }
    x += width + channelWidth(links, column, layout);
  }
  return boxes;
}

/** Room between two columns: names of hooks, and a track for every edge. */
function channelWidth(links: readonly Link[], column: number, layout: Layout): number {
  const between = links.filter((link) => link.kind === "straight" && link.column === column);
  const left = Math.max(0, ...between.map((link) => link.from.hook.length));
  const right = Math.max(0, ...between.map((link) => link.to.hook.length));
  if (layout === "compact") return Math.max(left, right) + 2 + 2 * between.length;
  return left + right + 2 * GAP + 2 * between.length + 2;
}

function makeBox(node: PictureNode, links: readonly Link[], layout: Layout): Box {
  const lines = label(node);
  const hooks = new Map<string, { row: number; side: "left" | "right" }>();
  const left = links.filter((link) => link.kind === "straight" && link.to.id === node.id);
  const right = links.filter((link) => link.kind === "straight" && link.from.id === node.id);
  left.forEach((link, i) => hooks.set(link.to.hook, { row: 1 + 2 * i, side: "left" }));
  right.forEach((link, i) => hooks.set(link.from.hook, { row: 1 + 2 * i, side: "right" }));
  // A compact edge has a name in the row below it.
  const more = layout === "compact" ? 0 : 1;
  const rows = Math.max(lines.length, 2 * left.length - more, 2 * right.length - more);
  const width = Math.max(...lines.map((line) => line.length)) + 4;
  return { node, lines, width, height: rows + 2, x: 0, y: 0, hooks };
}

function drawBox(grid: CharGrid, box: Box, traffic: readonly Traffic[]): void {
  const { node, x, y, width, height } = box;
  const made = node.change === "made";
  const style = node.change === null ? "plain" : "fresh";
  const [h, v, corners] = made ? ["═", "║", "╔╗╚╝"] : ["─", "│", "┌┐└┘"];
  grid.write(x, y, corners[0]! + h.repeat(width - 2) + corners[1]!, style);
  for (let row = 1; row < height - 1; row++) {
    grid.write(x, y + row, v, style);
    grid.write(x + width - 1, y + row, v, style);
  }
  grid.write(x, y + height - 1, corners[2]! + h.repeat(width - 2) + corners[3]!, style);
  const top = y + 1 + Math.floor((height - 2 - box.lines.length) / 2);
  box.lines.forEach((line, i) => grid.write(x + 2, top + i, line, style));
  if (node.isInterface) drawEnds(grid, box, traffic);
}

/** Kernel above and wire below, with what becomes of either direction. */
function drawEnds(grid: CharGrid, { node, x, y, height }: Box, traffic: readonly Traffic[]): void {
  const state = (direction: "in" | "out"): "good" | "bad" => {
    const row = traffic.find((each) => each.interface === node.name && each.direction === direction);
    return row === undefined || row.state !== "cut" ? "good" : "bad";
  };
  const [into, out] = [state("in"), state("out")];
  grid.write(x + 1, y - 2, "kernel", "plain");
  grid.write(x + 1, y + height + 1, "wire", "plain");
  const mark = (good: string, at: "good" | "bad"): string => (at === "good" ? good : "╳");
  grid.write(x + 2, y - 1, mark("▲", into), into);
  grid.write(x + 5, y - 1, "│", out);
  grid.write(x + 2, y + height, "│", into === "bad" ? "plain" : into);
  grid.write(x + 5, y + height, mark("▼", out), out);
  if (into === "bad") grid.write(x + 9, y - 1, "in: cut", "bad");
  if (out === "bad") grid.write(x + 9, y + height, "out: cut", "bad");
}

/** Draws an edge between neighbouring columns; false when it goes elsewhere. */
function drawLink(
  grid: CharGrid,
  boxes: ReadonlyMap<number, Box>,
  links: readonly Link[],
  link: Link,
  layout: Layout,
): boolean {
  if (link.kind !== "straight") return false;
  const from = boxes.get(link.from.id)!;
  const to = boxes.get(link.to.id)!;
  const y1 = from.y + from.hooks.get(link.from.hook)!.row;
  const y2 = to.y + to.hooks.get(link.to.hook)!.row;
  const x1 = from.x + from.width;
  const x2 = to.x - 1;
  const style = link.isNew ? "fresh" : "plain";
  const rivals = links.filter((each) => each.kind === "straight" && each.column === link.column);
  const longest = Math.max(...rivals.map((each) => each.from.hook.length));
  const base = Math.max(...rivals.map((each) => boxes.get(each.from.id)!.x + boxes.get(each.from.id)!.width));
  const down = y2 > y1;
  const order = down ? rivals.length - 1 - rivals.indexOf(link) : rivals.indexOf(link);
  const track = base + longest + (layout === "compact" ? 1 : GAP) + 2 * order;
  const [h, v] = link.isNew ? ["═", "║"] : ["─", "│"];
  const corner = link.isNew ? "╗╚╝╔" : "┐└┘┌";
  if (y1 === y2) {
    grid.line(x1, x2, y1, h, style);
  } else {
    grid.line(x1, track - 1, y1, h, style);
    grid.line(track + 1, x2, y2, h, style);
    for (let y = Math.min(y1, y2) + 1; y < Math.max(y1, y2); y++) grid.cross(track, y, v, style);
    grid.write(track, y1, corner[down ? 0 : 2]!, style);
    grid.write(track, y2, corner[down ? 1 : 3]!, style);
  }
  grid.write(x1 + 1, y1, link.from.hook, style);
  grid.write(x2 - link.to.hook.length, layout === "compact" ? y2 + 1 : y2, link.to.hook, style);
  return true;
}
