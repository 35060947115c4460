import { numbersOf } from "../names/name-lookup.ts";
import type { QueryNames } from "../names/query-names.ts";
import { tablePredicate } from "../names/table-lookup.ts";
import { resolveEntry } from "./resolve-entry.ts";
import type { Predicate } from "./tree.ts";
import { textMatcher } from "./values.ts";

/** A filter whose comparisons of names are those of numbers: what the names are when the query is answered. */
export function resolveNames(tree: Predicate, names: QueryNames): Predicate {
  switch (tree.kind) {
    case "and":
    case "or":
      return { kind: tree.kind, terms: tree.terms.map((term) => resolveNames(term, names)) };
    case "not":
      return { kind: "not", term: resolveNames(tree.term, names) };
    case "entry":
      return resolveEntry(tree, names.elements);
    case "named": {
      const lookup = names.lookup(tree.value);
      const { test } = tree;
      const fits = test.is === "like" ? textMatcher(test.pattern) : (text: string) => test.texts.includes(text);
      const direct = tablePredicate(lookup, fits);
      if (direct !== undefined) return direct;
      return { kind: "lookup", lookup, numbers: numbersOf(lookup, fits) };
    }
    default:
      return tree;
  }
}
