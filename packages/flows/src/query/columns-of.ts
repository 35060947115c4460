import type { ColumnName } from "../columns.ts";
import type { Predicate } from "./tree.ts";
import { columnsOfValue } from "./value-by-name.ts";

/** Columns that a filter compares; a column may come several times. */
export function columnsOf(tree: Predicate): readonly ColumnName[] {
  switch (tree.kind) {
    case "all":
      return [];
    case "and":
    case "or":
      return tree.terms.flatMap(columnsOf);
    case "not":
      return columnsOf(tree.term);
    case "columns":
      return [...columnsOfValue(tree.left), ...columnsOfValue(tree.right)];
    case "entry":
      return ["Extra"];
    case "lookup":
      return tree.lookup.needs;
    case "named":
      return columnsOfValue(tree.value);
    case "compare":
    case "between":
    case "oneOf":
    case "bits":
    case "prefixes":
      return columnsOfValue(tree.column);
  }
}
