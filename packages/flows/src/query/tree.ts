import type { ColumnName } from "../columns.ts";
import type { Dimension } from "./dimension.ts";
import type { Statistic } from "./statistic.ts";
import type { Segment } from "./segments.ts";
import type { Tier, Tiers } from "./tier.ts";
import type { ValueName } from "./value-by-name.ts";

/**
 * What a column can be compared with: unsigned integers (times as Unix milliseconds, MACs as 48 bits), or 16 address
 * bytes.
 */
export type Literal =
  | { readonly kind: "uint"; readonly value: bigint }
  | { readonly kind: "ip"; readonly bytes: Uint8Array };

export type CompareOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** Addresses whose first `length` of 128 bits are those of `bytes`; all later bits of `bytes` are zero. */
export interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** A filter as a tree. It contains only typed literals, so no text of a user reaches a database. */
export type Predicate =
  | { readonly kind: "all" }
  | { readonly kind: "and" | "or"; readonly terms: readonly Predicate[] }
  | { readonly kind: "not"; readonly term: Predicate }
  | {
      readonly kind: "compare";
      readonly column: ValueName;
      readonly operator: CompareOperator;
      readonly value: Literal;
    }
  /** Both ends included. */
  | { readonly kind: "between"; readonly column: ValueName; readonly low: Literal; readonly high: Literal }
  | { readonly kind: "oneOf"; readonly column: ValueName; readonly values: readonly Literal[] }
  /** An address that is in one of the prefixes, which may be thousands. */
  | { readonly kind: "prefixes"; readonly column: ValueName; readonly prefixes: readonly Prefix[] }
  /** All bits of a mask are set, or any of them. */
  | { readonly kind: "bits"; readonly column: ValueName; readonly mask: bigint; readonly match: "all" | "any" }
  /** Two values of the same flow, both addresses or both numbers. */
  | {
      readonly kind: "columns";
      readonly left: ValueName;
      readonly operator: CompareOperator;
      readonly right: ValueName;
    };

/**
 * What an aggregate computes: bytes and packets are spread over a flow's life, `bpp` is their quotient; flows and
 * distinct values are counted at a flow's end.
 */
export type Measure =
  | { readonly kind: "bytes" | "packets" | "flows" | "bpp" }
  | { readonly kind: "distinct"; readonly of: Dimension };

/** An aggregate, ready for a dialect. All values are checked: integers, steps above zero, whole bins. */
export interface AggregatePlan {
  readonly kind: "aggregate";
  /** The range in parts, in order of time, with the tier that answers each. */
  readonly segments: readonly Segment[];
  /** Every tier that there is. */
  readonly tiers: Tiers;
  readonly by: readonly Dimension[];
  readonly measure: Measure;
  /** Multiplied by the sampling rate. */
  readonly scaled: boolean;
  /** Other than `total` only without a step, and for what can be summed. */
  readonly statistic: Statistic;
  readonly order: Statistic;
  /** Width of the bins of `statistic` and `order`. */
  readonly binMs: number;
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

/** The names of the tiers that answer a query, coarsest first, with `+` between them. */
export function tierNames({ segments }: AggregatePlan): string {
  const used = [...new Set(segments.map(({ tier }) => tier))];
  const coarsest = used.sort((a, b) => (b.resolutionMs ?? 0) - (a.resolutionMs ?? 0));
  return coarsest.map(({ name }) => name).join("+");
}
