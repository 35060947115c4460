import type { ColumnName } from "../columns.ts";
import type { Predicate } from "./tree.ts";
import { columnsOfValue, type ValueName } from "./value-by-name.ts";

/** Columns that a filter compares; a column may come several times. */
export function columnsOf(tree: Predicate): readonly ColumnName[] {
  return valuesOf(tree).flatMap(columnsOfValue);
}

/** Values that a filter compares: columns, and what is derived from columns. A value may come several times. */
export function valuesOf(tree: Predicate): readonly ValueName[] {
  switch (tree.kind) {
    case "all":
      return [];
    case "and":
    case "or":
      return tree.terms.flatMap(valuesOf);
    case "not":
      return valuesOf(tree.term);
    case "columns":
      return [tree.left, tree.right];
    case "entry":
      return ["Extra"];
    case "lookup":
      return tree.lookup.needs;
    case "named":
      return [tree.value];
    case "compare":
    case "between":
    case "oneOf":
    case "bits":
    case "prefixes":
      return [tree.column];
  }
}
