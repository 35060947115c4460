import type { Literal, Predicate, Prefix } from "./tree.ts";
import type { ValueName } from "./value-by-name.ts";
import type { LiteralRange } from "./values.ts";

/** How the comparisons of a name with several columns are joined. */
export type Join = (terms: readonly Predicate[]) => Predicate;

/** The values of a list, and the prefixes of sets from files. */
export interface Values {
  readonly ranges: LiteralRange[];
  readonly prefixes: Prefix[];
}

/** Single values of a list become one set, ranges stay comparisons; many prefixes are a set, too. */
export function anyOf(column: ValueName, { ranges, prefixes }: Values): Predicate {
  const singles: Literal[] = [];
  const terms: Predicate[] = [];
  for (const range of ranges) {
    if (range.high === undefined) singles.push(range.low);
    else terms.push({ kind: "between", column, low: range.low, high: range.high });
  }
  if (singles.length === 1) terms.unshift({ kind: "compare", column, operator: "=", value: singles[0]! });
  else if (singles.length > 1) terms.unshift({ kind: "oneOf", column, values: singles });
  if (prefixes.length > 0) terms.push({ kind: "prefixes", column, prefixes });
  return either(terms);
}

export function isOneOf(column: ValueName, numbers: readonly number[]): Predicate {
  const values = numbers.map((value): Literal => ({ kind: "uint", value: BigInt(value) }));
  return values.length === 1
    ? { kind: "compare", column, operator: "=", value: values[0]! }
    : { kind: "oneOf", column, values };
}

export function either(terms: readonly Predicate[]): Predicate {
  return terms.length === 1 ? terms[0]! : { kind: "or", terms };
}

export function both(terms: readonly Predicate[]): Predicate {
  return terms.length === 1 ? terms[0]! : { kind: "and", terms };
}
