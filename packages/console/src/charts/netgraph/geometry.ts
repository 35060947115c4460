import { type Card, isConnected } from "./dot.ts";

/** Positions of a layout, y downwards, in units of the drawing. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  /** Centres, by node id. */
  readonly nodes: ReadonlyMap<number, Point>;
  /** Path data and middle of the label, by index of the link. */
  readonly links: ReadonlyMap<number, { readonly path: string; readonly label: Point }>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface LayoutJson {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos?: string }[];
  /** `tail` and `head` are indexes into `objects`. */
  readonly edges?: readonly { readonly tail: number; readonly head: number; readonly pos?: string }[];
}

/** Space between cards that are connected to nothing. */
const APART = 16;
/** Such cards wrap beyond this width, or beyond the drawing's where that is wider. */
const ROW_WIDTH = 560;

/** Reads Graphviz's `json` output (points with y upwards, splines as `x,y x,y …`) and puts the other cards beneath. */
export function geometryOf(json: string, cards: readonly Card[]): Geometry {
  const layout = JSON.parse(json) as LayoutJson;
  const [, , width = 0, height = 0] = layout.bb.split(",").map(Number);
  const point = (text: string): Point => {
    const [x = 0, y = 0] = text.split(",").map(Number);
    return { x, y: height - y };
  };
  const objects = layout.objects ?? [];
  const nodes = new Map<number, Point>();
  const labels = new Map<number, Point>();
  for (const { name, pos } of objects) {
    if (pos) (name.startsWith("n") ? nodes : labels).set(Number(name.slice(1)), point(pos));
  }
  const halves = new Map<number, { before: string; after: string }>();
  for (const { tail, head, pos } of layout.edges ?? []) {
    if (!pos) continue;
    const path = splinePath(pos.split(/\s+/).map(point));
    const toLabel = objects[head]?.name.startsWith("l") ?? false;
    const index = Number(objects[toLabel ? head : tail]?.name.slice(1));
    const half = halves.get(index) ?? { before: "", after: "" };
    halves.set(index, toLabel ? { ...half, before: path } : { ...half, after: path });
  }
  const links = new Map<number, { path: string; label: Point }>();
  for (const [index, { before, after }] of halves) {
    const label = labels.get(index);
    // One path, so that the arrows are at its ends: the second half goes on from the label's other side.
    if (label) links.set(index, { path: `${before}${after.replace("M", "L")}`, label });
  }
  const beneath = placeBeneath(cards, width, height);
  for (const [id, place] of beneath.nodes) nodes.set(id, place);
  return { width: Math.max(width, beneath.width), height: beneath.height, nodes, links };
}

/** Places of the cards that are connected to nothing: in rows beneath the others. */
export function placeBeneath(cards: readonly Card[], width: number, height: number) {
  const nodes = new Map<number, Point>();
  const limit = Math.max(width, ROW_WIDTH);
  let x = 0;
  let y = height > 0 ? height + APART : 0;
  let bottom = height;
  let widest = 0;
  for (const card of cards) {
    if (isConnected(card)) continue;
    if (x > 0 && x + card.width > limit) {
      x = 0;
      y = bottom + APART;
    }
    nodes.set(card.node.id, { x: x + card.width / 2, y: y + card.height / 2 });
    x += card.width + APART;
    widest = Math.max(widest, x - APART);
    bottom = Math.max(bottom, y + card.height);
  }
  return { nodes, width: widest, height: bottom };
}

function splinePath(points: readonly Point[]): string {
  const at = (p: Point): string => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`;
  const [first, ...rest] = points;
  return first ? `M${at(first)}C${rest.map(at).join(" ")}` : "";
}
