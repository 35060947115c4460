import { columnsOf } from "./by-hand.ts";
import { netgraphChart } from "./chart.ts";
import { type Card, isConnected } from "./dot.ts";
import { type Geometry, placeBeneath, type Point } from "./geometry.ts";
import type { Link } from "./links.ts";

const { headHeight, rowHeight, labelWidth, labelHeight } = netgraphChart.options;
/** Space beside the cards for the links, between a card and a label, and between two cards of a row. */
const SIDE = 34;
const GAP = 14;
const APART = 18;
/** Widest drawing that a phone shows without panning. */
const MOST_WIDTH = 420;

/**
 * Lays out the graphs of `layOutByHand` from top to bottom, for narrow screens: a link leaves its card at the right,
 * passes its label from right to left, and enters the next card at the left. Null for any other graph, and for one that
 * would be too wide.
 */
export function layOutNarrow(cards: readonly Card[], links: readonly Link[]): Geometry | null {
  const rows = columnsOf(cards.filter(isConnected), links);
  if (rows === null) return null;
  const widthOf = (row: readonly Card[]): number => row.reduce((sum, card) => sum + card.width + APART, -APART);
  const width = Math.max(labelWidth, ...rows.map(widthOf)) + 2 * SIDE;
  if (width > MOST_WIDTH) return null;
  const nodes = new Map<number, Point>();
  const tops = new Map<number, Point>();
  const placed = new Map<number, { path: string; label: Point }>();
  const cardOf = new Map(cards.map((card) => [card.node.id, card]));
  const hookY = (names: readonly string[], name: string): number =>
    headHeight + rowHeight * names.indexOf(name) + rowHeight / 2;
  let y = 0;
  for (const row of rows) {
    let x = (width - widthOf(row)) / 2;
    for (const card of row) {
      tops.set(card.node.id, { x, y });
      nodes.set(card.node.id, { x: x + card.width / 2, y: y + card.height / 2 });
      x += card.width + APART;
    }
    y += Math.max(...row.map(({ height }) => height)) + GAP;
    for (const [index, { tail }] of links.entries()) {
      if (!row.some(({ node }) => node === tail.node)) continue;
      placed.set(index, { path: "", label: { x: width / 2, y: y + labelHeight / 2 } });
      y += labelHeight + 4;
    }
    y += GAP;
  }
  for (const [index, { tail, head }] of links.entries()) {
    const one = placed.get(index);
    const [from, to] = [cardOf.get(tail.node.id), cardOf.get(head.node.id)];
    const [a, b] = [tops.get(tail.node.id), tops.get(head.node.id)];
    if (!one || !from || !to || !a || !b) return null;
    const start = { x: a.x + from.width, y: a.y + hookY(from.right, tail.hook.name) };
    const end = { x: b.x, y: b.y + hookY(to.left, head.hook.name) };
    const { label } = one;
    const [left, right] = [label.x - labelWidth / 2, label.x + labelWidth / 2];
    const outer = Math.max(right, start.x) + SIDE * 0.7;
    const inner = Math.min(left, end.x) - SIDE * 0.7;
    one.path =
      `M${start.x} ${start.y}C${outer} ${start.y} ${outer} ${label.y} ${right} ${label.y}L${left} ${label.y}` +
      `C${inner} ${label.y} ${inner} ${end.y} ${end.x} ${end.y}`;
  }
  const beneath = placeBeneath(cards, width, Math.max(0, y - 2 * GAP));
  for (const [id, place] of beneath.nodes) nodes.set(id, place);
  return { width: Math.max(width, beneath.width), height: beneath.height, nodes, links: placed };
}
