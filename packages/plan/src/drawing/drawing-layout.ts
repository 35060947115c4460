/** Where Graphviz put things, in pixels from the top left corner. */
export interface DrawingLayout {
  readonly width: number;
  readonly height: number;
  /** Centres of nodes by their name in the DOT text: `n<id>`, and `t<id>` for the address a socket sends to. */
  readonly centres: ReadonlyMap<string, readonly [number, number]>;
  /** Control points of edges by their id, as cubic Bézier curves: start, then three points for each piece. */
  readonly edges: ReadonlyMap<string, readonly (readonly [number, number])[]>;
}

interface GraphvizJson {
  readonly bb?: string;
  readonly objects?: readonly { readonly name: string; readonly pos?: string }[];
  readonly edges?: readonly { readonly id?: string; readonly pos?: string }[];
}

/** Reads the output of `dot -Tjson`, which measures from the bottom left corner. */
export function readLayout(json: string): DrawingLayout {
  const { bb = "0,0,0,0", objects = [], edges = [] } = JSON.parse(json) as GraphvizJson;
  const [left, bottom, right, top] = bb.split(",").map(Number) as [number, number, number, number];
  const point = (text: string): [number, number] => {
    const [x, y] = text.split(",").map(Number) as [number, number];
    return [x - left, top - y];
  };
  return {
    width: right - left,
    height: top - bottom,
    centres: new Map(objects.flatMap(({ name, pos }) => (pos === undefined ? [] : [[name, point(pos)] as const]))),
    edges: new Map(
      edges.flatMap(({ id, pos }) => {
        if (id === undefined || pos === undefined) return [];
        const points = pos.split(" ").filter((part) => !/^[es],/.test(part));
        return [[id, points.map(point)] as const];
      }),
    ),
  };
}
