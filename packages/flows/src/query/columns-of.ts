import type { ColumnName } from "../columns.ts";
import type { Predicate } from "./tree.ts";

/** Columns that a filter compares. */
export function columnsOf(tree: Predicate): ColumnName[] {
  switch (tree.kind) {
    case "all":
      return [];
    case "and":
    case "or":
      return tree.terms.flatMap(columnsOf);
    case "not":
      return columnsOf(tree.term);
    case "compare":
    case "between":
    case "oneOf":
      return [tree.column];
  }
}
