import { dimensionByName } from "@ngflow/flows";
import type { QueryResult } from "@ngflow/server/client";
import type { MarkValues } from "../filter/predicate.ts";
import { dimensionText } from "../format/dimension.ts";
import { OTHERS } from "../theme/colours.ts";

/** A value as a filter has it: of `SrcAddr/24` the column `SrcAddr` and the prefix, `10.0.0.0/24`. */
export function cellOf(dim: string, value: string | number | null): readonly [string, string | number | null] {
  const found = dim.includes("/") ? dimensionByName(dim) : dim;
  if (typeof found === "string" || found.masks === undefined) return [dim, value];
  if (value === null) return [found.value, null];
  const text = String(value);
  const [bits, all] = text.includes(":") ? [found.masks.v6, 128] : [found.masks.v4 - 96, 32];
  return [found.value, bits < all && !text.includes("/") ? `${text}/${bits}` : text];
}

/** Key and label of the group that a row of an answer is of. */
export function groupOf(row: QueryResult["rows"][number], dims: readonly string[]) {
  const cells = dims.map((name) => cellOf(name, row[name] ?? null));
  const mark: MarkValues = Object.fromEntries(cells);
  if (dims.length === 0) return { key: "", label: "", mark: {} };
  if (cells.every(([, value]) => value === null)) return { key: OTHERS, label: dimensionText("", null), mark: null };
  const texts = cells.map(([name, value]) => dimensionText(name, value, mark));
  return { key: cells.map(([, value]) => String(value)).join("\n"), label: texts.join(" · "), mark };
}
