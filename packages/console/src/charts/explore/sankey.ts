import type { QueryResult } from "@ngflow/server/client";
import type { MarkValues } from "../../filter/predicate.ts";
import { cellOf } from "../group.ts";
import { dimensionText } from "../../format/dimension.ts";

export interface SankeyNode {
  /** Column and value. */
  readonly name: string;
  readonly label: string;
  readonly depth: number;
  readonly value: number;
  readonly mark: MarkValues | null;
}

export interface SankeyLink {
  readonly source: string;
  readonly target: string;
  readonly value: number;
  readonly mark: MarkValues | null;
}

/** Totals by several dimensions as columns of nodes. The values of each column, and of its links, sum to the total. */
export function sankeyOf(result: QueryResult, dims: readonly string[], sum: string) {
  const nodes = new Map<string, { label: string; depth: number; value: number; mark: MarkValues | null }>();
  const links = new Map<string, { source: string; target: string; value: number; mark: MarkValues | null }>();
  for (const row of result.rows) {
    const value = Number(row[sum] ?? 0);
    if (value <= 0) continue;
    const names = dims.map((dim, depth) => `${depth} ${row[dim] ?? ""}`);
    for (const [depth, dim] of dims.entries()) {
      const name = names[depth]!;
      const [column, cell] = cellOf(dim, row[dim] ?? null);
      const node = nodes.get(name);
      if (node) node.value += value;
      else
        nodes.set(name, {
          label: dimensionText(column, cell),
          depth,
          value,
          mark: cell === null ? null : { [column]: cell },
        });
      if (depth === 0) continue;
      const source = names[depth - 1]!;
      const link = links.get(`${source}\n${name}`);
      const [past, before] = cellOf(dims[depth - 1]!, row[dims[depth - 1]!] ?? null);
      const mark = cell === null || before === null ? null : { [past]: before, [column]: cell };
      if (link) link.value += value;
      else links.set(`${source}\n${name}`, { source, target: name, value, mark });
    }
  }
  return {
    nodes: [...nodes].map(([name, node]): SankeyNode => ({ name, ...node })),
    links: [...links.values()] as readonly SankeyLink[],
  };
}
