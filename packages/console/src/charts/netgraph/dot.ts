import type { GraphSnapshot, NodeSnapshot } from "@ngflow/server/client";
import { netgraphChart } from "./chart.ts";
import type { Link } from "./links.ts";

/** The inside of a card: its size, and the hooks on its left and right side from top to bottom. */
export interface Card {
  readonly node: NodeSnapshot;
  readonly width: number;
  readonly height: number;
  readonly left: readonly string[];
  readonly right: readonly string[];
}

const { headHeight, rowHeight, labelWidth, labelHeight } = netgraphChart.options;
/** Mean width of a character of the names, in units of the drawing. */
const CHAR = 7.4;

/** Cards of all nodes; heads of links are on the left side, tails on the right. */
export function cardsOf(graph: GraphSnapshot, links: readonly Link[]): Card[] {
  return graph.nodes.map((node) => {
    const left = links.filter(({ head }) => head.node === node).map(({ head }) => head.hook.name);
    const right = links.filter(({ tail }) => tail.node === node).map(({ tail }) => tail.hook.name);
    const longest = (names: readonly string[]): number => Math.max(0, ...names.map((name) => name.length));
    const rowsWidth = (longest(left) + longest(right)) * CHAR + 44;
    const headWidth =
      Math.max((node.name ?? "[ffffffff]:").length * CHAR * 1.12, (node.type.length + 7) * CHAR * 0.9) + 36;
    return {
      node,
      width: Math.ceil(Math.max(112, rowsWidth, headWidth)),
      height: headHeight + rowHeight * Math.max(left.length, right.length) + (left.length + right.length > 0 ? 6 : 0),
      left,
      right,
    };
  });
}

/**
 * The connected part of the graph in Graphviz's language: `n<id>` are boxes of the cards' exact size with the hooks'
 * rows as ports, `l<index>` are the labels, boxes on the wire between two halves of a link. Only places are taken from
 * the layout, so no text of a node enters it.
 */
export function dotOf(cards: readonly Card[], links: readonly Link[]): string {
  const lines = [
    "digraph netgraph {",
    "  rankdir=LR; nodesep=0.12; ranksep=0.34;",
    "  node [shape=plain]; edge [dir=none];",
  ];
  for (const card of cards) if (isConnected(card)) lines.push(`  n${card.node.id} [label=<${table(card)}>];`);
  for (const [index, link] of links.entries()) {
    const tailCard = cards.find(({ node }) => node === link.tail.node)!;
    const headCard = cards.find(({ node }) => node === link.head.node)!;
    const tail = `n${link.tail.node.id}:r${tailCard.right.indexOf(link.tail.hook.name)}:e`;
    const head = `n${link.head.node.id}:l${headCard.left.indexOf(link.head.hook.name)}:w`;
    lines.push(
      `  l${index} [label="", shape=box, fixedsize=true, width=${inches(labelWidth)}, height=${inches(labelHeight)}];`,
    );
    lines.push(`  ${tail} -> l${index}:w; l${index}:e -> ${head};`);
  }
  lines.push("}");
  return lines.join("\n");
}

/** Whether a card has a place in the layout; the others are put beneath it. */
export function isConnected(card: Card): boolean {
  return card.left.length + card.right.length > 0;
}

function inches(points: number): string {
  return (points / 72).toFixed(4);
}

function cell(width: number, height: number, attributes: string): string {
  return `<TD FIXEDSIZE="TRUE" WIDTH="${width}" HEIGHT="${height}"${attributes}></TD>`;
}

function table(card: Card): string {
  const half = card.width / 2;
  const rows = [`<TR>${cell(card.width, headHeight, ' COLSPAN="2"')}</TR>`];
  for (let i = 0; i < Math.max(card.left.length, card.right.length); i++) {
    const left = cell(half, rowHeight, i < card.left.length ? ` PORT="l${i}"` : "");
    const right = cell(half, rowHeight, i < card.right.length ? ` PORT="r${i}"` : "");
    rows.push(`<TR>${left}${right}</TR>`);
  }
  const rest = card.height - headHeight - rowHeight * (rows.length - 1);
  if (rest > 0) rows.push(`<TR>${cell(card.width, rest, ' COLSPAN="2"')}</TR>`);
  return `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">${rows.join("")}</TABLE>`;
}
