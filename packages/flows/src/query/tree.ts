import type { ColumnName, DimensionName } from "../columns.ts";
import type { Tier } from "./tier.ts";

/**
 * What a column can be compared with: unsigned integers (times as Unix milliseconds, MACs as 48 bits), or 16 address
 * bytes.
 */
export type Literal =
  | { readonly kind: "uint"; readonly value: bigint }
  | { readonly kind: "ip"; readonly bytes: Uint8Array };

export type CompareOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** A filter as a tree. It contains only typed literals, so no text of a user reaches a database. */
export type Predicate =
  | { readonly kind: "all" }
  | { readonly kind: "and" | "or"; readonly terms: readonly Predicate[] }
  | { readonly kind: "not"; readonly term: Predicate }
  | {
      readonly kind: "compare";
      readonly column: ColumnName;
      readonly operator: CompareOperator;
      readonly value: Literal;
    }
  /** Both ends included. */
  | { readonly kind: "between"; readonly column: ColumnName; readonly low: Literal; readonly high: Literal }
  | { readonly kind: "oneOf"; readonly column: ColumnName; readonly values: readonly Literal[] };

/** What an aggregate sums: spread over a flow's life, or counted at its end. */
export type Measure = "bytes" | "packets" | "flows";

/** An aggregate, ready for a dialect. All values are checked: integers, steps above zero, whole bins. */
export interface AggregatePlan {
  readonly kind: "aggregate";
  /** The tier that answers the query. */
  readonly tier: Tier;
  readonly by: readonly DimensionName[];
  readonly measure: Measure;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number | null;
  readonly top: number;
  readonly where: Predicate;
}

/** Raw rows, newest first. */
export interface FlowsPlan {
  readonly kind: "flows";
  /** The tier that has the rows. */
  readonly tier: Tier;
  readonly columns: readonly ColumnName[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  readonly where: Predicate;
}

/**
 * Turns a query tree into the query language of one database. `aggregate` answers columns `time` (Unix milliseconds,
 * only with a step), the dimensions in order, and `value`; ordered by time, then by value, largest first, with the
 * group of nulls last. `flows` answers the columns of the plan.
 */
export interface Dialect {
  readonly name: string;
  /** `without`: parts of the table that are left out. */
  aggregate(plan: AggregatePlan, without?: readonly string[]): string;
  flows(plan: FlowsPlan, without?: readonly string[]): string;
}
