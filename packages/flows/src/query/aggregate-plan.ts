import type { ColumnName } from "../columns.ts";
import type { ElementNames } from "../names/element-names.ts";
import type { NameLookup } from "../names/name-lookup.ts";
import type { NamedValueName } from "../names/named-value.ts";
import type { Dimension } from "./dimension.ts";
import type { Duplicates } from "./duplicates.ts";
import type { Segment } from "./segments.ts";
import type { Statistic } from "./statistic.ts";
import type { Tier, Tiers } from "./tier.ts";
import type { Predicate } from "./tree.ts";
import type { FlowSort } from "./types.ts";
import type { ValueName } from "./value-by-name.ts";

/**
 * What an aggregate computes: bytes and packets are spread over a flow's life, `bpp` is their quotient; flows and
 * distinct values are counted at a flow's end, and the least and greatest value are of the flows that ended.
 */
export type Measure =
  | { readonly kind: "bytes" | "packets" | "flows" | "bpp" }
  | { readonly kind: "distinct"; readonly of: Dimension }
  | { readonly kind: "min" | "max"; readonly of: ValueName };

/** An aggregate, ready for a dialect. All values are checked: integers, steps above zero, whole bins. */
export interface AggregatePlan {
  readonly kind: "aggregate";
  /** The range in parts, in order of time, with the tier that answers each. */
  readonly segments: readonly Segment[];
  /** From when on the store has what is asked, Unix milliseconds; 0 if that is from the start of the range. */
  readonly recordedFromMs: number;
  /** Copies of long flows that were received before have not all columns that are asked for; 0 if all may have. */
  readonly longFromMs: number;
  /** Every tier that there is. */
  readonly tiers: Tiers;
  readonly by: readonly Dimension[];
  readonly measure: Measure;
  /** Multiplied by the sampling rate. */
  readonly scaled: boolean;
  /** A flow counts as a whole when it was received. */
  readonly arrival: boolean;
  /** What `edge` keeps is in `where`. */
  readonly duplicates: Duplicates;
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
  /** The same question about an earlier range, and how many milliseconds earlier. */
  readonly previous?: { readonly plan: AggregatePlan; readonly shiftMs: number };
}

/** Raw rows, newest first if not sorted. */
export interface FlowsPlan {
  readonly kind: "flows";
  /** The tier that has the rows. */
  readonly tier: Tier;
  readonly columns: readonly ColumnName[];
  /** Names that are shown behind the columns: those of which there is any. */
  readonly names: readonly { readonly name: NamedValueName; readonly lookup: NameLookup }[];
  /** Names for fields of Extra that had none when they were received. */
  readonly elements: ElementNames;
  readonly fromMs: number;
  readonly toMs: number;
  /** The range is that of the time received. */
  readonly arrival: boolean;
  /** As in `AggregatePlan`. */
  readonly duplicates: Duplicates;
  readonly limit: number;
  readonly sort: FlowSort | null;
  readonly where: Predicate;
}

/** The names of the tiers that answer a query, coarsest first, with `+` between them. */
export function tierNames({ segments }: AggregatePlan): string {
  const used = [...new Set(segments.map(({ tier }) => tier))];
  const coarsest = used.sort((a, b) => (b.resolutionMs ?? 0) - (a.resolutionMs ?? 0));
  return coarsest.map(({ name }) => name).join("+");
}
