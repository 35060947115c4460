import { netgraphChart } from "./chart.ts";
import { type Card, isConnected } from "./dot.ts";
import { type Geometry, placeBeneath, type Point } from "./geometry.ts";
import type { Link } from "./links.ts";

const { headHeight, rowHeight, labelWidth, labelHeight } = netgraphChart.options;
/** Space between a card and a label, and between two cards of a column. */
const GAP = 26;
const APART = 22;
/** Most connected nodes that are laid out here. */
const MAX_NODES = 16;

/**
 * Lays out a graph in columns from left to right, if every link leads from one column to the next: a chain, or a small
 * tree. Null for any other graph: Graphviz, which is large, lays that out.
 */
export function layOutByHand(cards: readonly Card[], links: readonly Link[]): Geometry | null {
  const connected = cards.filter(isConnected);
  const columns = columnsOf(connected, links);
  if (columns === null) return null;
  const nodes = new Map<number, Point>();
  const tops = new Map<number, Point>();
  const heightOf = (column: readonly Card[]): number => column.reduce((sum, card) => sum + card.height + APART, -APART);
  const labelsAfter = (index: number): number =>
    links.filter(({ tail }) => columns[index]!.some(({ node }) => node === tail.node)).length;
  const height = Math.max(
    0,
    ...columns.map((column, i) => Math.max(heightOf(column), labelsAfter(i) * (labelHeight + 4))),
  );
  let x = 0;
  for (const column of columns) {
    const width = Math.max(...column.map((card) => card.width));
    let y = (height - heightOf(column)) / 2;
    for (const card of column) {
      nodes.set(card.node.id, { x: x + width / 2, y: y + card.height / 2 });
      tops.set(card.node.id, { x: x + (width - card.width) / 2, y });
      y += card.height + APART;
    }
    x += width + 2 * GAP + labelWidth;
  }
  const width = Math.max(0, x - 2 * GAP - labelWidth);
  const placed = placeLinks(cards, links, tops);
  const beneath = placeBeneath(cards, width, height);
  for (const [id, place] of beneath.nodes) nodes.set(id, place);
  return { width: Math.max(width, beneath.width), height: beneath.height, nodes, links: placed };
}

/** The cards by their distance from the left; null if a link passes a column or goes back, or there are too many. */
export function columnsOf(cards: readonly Card[], links: readonly Link[]): Card[][] | null {
  if (cards.length > MAX_NODES) return null;
  const column = new Map(cards.map(({ node }) => [node.id, 0]));
  for (let round = 0; round <= cards.length; round++) {
    let moved = false;
    for (const { tail, head } of links) {
      const wanted = column.get(tail.node.id)! + 1;
      if (column.get(head.node.id)! >= wanted) continue;
      column.set(head.node.id, wanted);
      moved = true;
    }
    if (!moved) break;
    if (round === cards.length) return null;
  }
  // A source that feeds a later column is put right before it.
  for (const { node } of cards) {
    if (links.some(({ head }) => head.node === node)) continue;
    const fed = links.flatMap(({ tail, head }) => (tail.node === node ? [column.get(head.node.id)!] : []));
    if (fed.length > 0) column.set(node.id, Math.min(...fed) - 1);
  }
  if (links.some(({ tail, head }) => column.get(head.node.id) !== column.get(tail.node.id)! + 1)) return null;
  const columns: Card[][] = [];
  for (const card of cards) (columns[column.get(card.node.id)!] ??= []).push(card);
  return columns.includes(undefined as never) ? null : columns;
}

/** Paths from hook to hook; labels that would cover each other are moved apart. */
function placeLinks(
  cards: readonly Card[],
  links: readonly Link[],
  tops: ReadonlyMap<number, Point>,
): Geometry["links"] {
  const cardOf = new Map(cards.map((card) => [card.node.id, card]));
  const hookY = (names: readonly string[], name: string): number =>
    headHeight + rowHeight * names.indexOf(name) + rowHeight / 2;
  const ends = links.map(({ tail, head }, index) => {
    const [from, to] = [cardOf.get(tail.node.id)!, cardOf.get(head.node.id)!];
    const [a, b] = [tops.get(tail.node.id)!, tops.get(head.node.id)!];
    const start = { x: a.x + from.width, y: a.y + hookY(from.right, tail.hook.name) };
    const end = { x: b.x, y: b.y + hookY(to.left, head.hook.name) };
    return { index, start, end, label: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } };
  });
  const placed = new Map<number, { path: string; label: Point }>();
  for (const { index, start, end, label } of ends.toSorted((a, b) => a.label.x - b.label.x || a.label.y - b.label.y)) {
    const above = [...placed.values()].filter((one) => Math.abs(one.label.x - label.x) < labelWidth);
    const y = Math.max(label.y, ...above.map((one) => one.label.y + labelHeight + 2));
    const [left, right] = [label.x - labelWidth / 2, label.x + labelWidth / 2];
    const curve = (a: Point, b: Point): string => `${(a.x + b.x) / 2} ${a.y} ${(a.x + b.x) / 2} ${b.y} ${b.x} ${b.y}`;
    const path = `M${start.x} ${start.y}C${curve(start, { x: left, y })}L${right} ${y}C${curve({ x: right, y }, end)}`;
    placed.set(index, { path, label: { x: label.x, y } });
  }
  return placed;
}
