/** Places of a layout, y downwards, in units of the drawing. */
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
  readonly edges?: readonly { readonly id?: string; readonly pos?: string; readonly lp?: string }[];
}

/** Reads Graphviz's `json` output: points with y upwards, splines as `x,y x,y …`. */
export function geometryOf(json: string): Geometry {
  const layout = JSON.parse(json) as LayoutJson;
  const [, , width = 0, height = 0] = layout.bb.split(",").map(Number);
  const point = (text: string): Point => {
    const [x = 0, y = 0] = text.split(",").map(Number);
    return { x, y: height - y };
  };
  const nodes = new Map<number, Point>();
  for (const { name, pos } of layout.objects ?? []) if (pos) nodes.set(Number(name.slice(1)), point(pos));
  const links = new Map<number, { path: string; label: Point }>();
  for (const { id, pos, lp } of layout.edges ?? []) {
    if (id === undefined || !pos) continue;
    const points = pos.split(/\s+/).map(point);
    const middle = points[Math.floor(points.length / 2)]!;
    links.set(Number(id), { path: splinePath(points), label: lp ? point(lp) : middle });
  }
  return { width, height, nodes, links };
}

function splinePath(points: readonly Point[]): string {
  const at = (p: Point): string => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`;
  const [first, ...rest] = points;
  return first ? `M${at(first)}C${rest.map(at).join(" ")}` : "";
}
