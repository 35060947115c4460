import type { ColumnName } from "../columns.ts";
import type { NamedValueName } from "../names/named-value.ts";
import type { Completeness } from "../losses/completeness.ts";
import type { FlowsCost, QueryCost, ReadCost, ReadProgress } from "./cost.ts";
import type { MapValue } from "./display.ts";
import type { Duplicates } from "./duplicates.ts";
import type { FilterSets } from "./value-set.ts";
import type { SqlResult, SqlSpec } from "./sql.ts";
import type { Order, Statistic } from "./statistic.ts";

/** What is summed. bps and pps are bytes * 8 and packets divided by the step (or by the whole range). */
export const METRICS = ["bytes", "packets", "flows", "bps", "pps"] as const;
/** One of `METRICS`. */
export type Metric = (typeof METRICS)[number];

/** Different values of a column among the flows that ended in the range: `distinct:SrcAddr`. */
export type DistinctMetric = `distinct:${string}`;

/** The least or greatest value of a column among the flows that ended in the range: `max:Duration`. */
export type ExtremeMetric = `min:${string}` | `max:${string}`;

/** The metrics of a query, as messages list them. */
export const QUERY_METRICS: readonly string[] = [...METRICS, "bpp", "distinct:COLUMN", "min:COLUMN", "max:COLUMN"];

/** A metric of a query; `bpp` is bytes per packet. */
export type QueryMetric = Metric | "bpp" | DistinctMetric | ExtremeMetric;

/**
 * What places a flow in time. `flow`: its duration, over which bytes and packets are spread. `arrival`: the moment when
 * it was received, at which it counts as a whole.
 */
export const PLACEMENTS = ["flow", "arrival"] as const;
/** One of `PLACEMENTS`. */
export type Placement = (typeof PLACEMENTS)[number];

/** An aggregate: totals by dimensions, as a time series when `stepMs` is given. */
export interface QuerySpec {
  /** Columns, derived values, and addresses with prefix lengths (`SrcAddr/24`). */
  readonly by: readonly string[];
  readonly metric: QueryMetric;
  /** Half-open range of Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Bin width of a time series; absent for one total per group. */
  readonly stepMs?: number;
  /**
   * Number of groups, largest first; all others are summed into one group whose dimensions are null. Default
   * DEFAULT_TOP.
   */
  readonly top?: number;
  /** What a group's number says of its bins of five minutes, to which the range is widened. Default `total`. */
  readonly statistic?: Statistic;
  /** What the largest groups are largest by. Default: what is shown. */
  readonly order?: Order;
  /** Counters as exported, not multiplied by the sampling rate. */
  readonly raw?: boolean;
  /** Default `flow`. */
  readonly time?: Placement;
  /** Default `as-seen`. */
  readonly duplicates?: Duplicates;
  /** Zone of the tz database that `Day`, `Hour` and `Weekday` are of. Default UTC. */
  readonly zone?: string;
  /** The same range so many milliseconds earlier is in the answer, too: column `previous`. */
  readonly previousMs?: number;
  /** Text of the filter language; empty or absent matches everything. */
  readonly filter?: string;
  /** Texts of the files that the filter names as `@NAME`. */
  readonly sets?: FilterSets;
}

/** The JSON answer of an aggregate query, of `ngflow query --format json` and `/api/v1/query` alike. */
export interface QueryResult {
  /** ISO 8601 UTC. */
  readonly from: string;
  readonly to: string;
  /** Seconds, null without a time series. */
  readonly step: number | null;
  readonly columns: readonly string[];
  /** Dimensions by column name as text or number, `time` (ISO 8601) in a time series, and the metric. */
  readonly rows: readonly Readonly<Record<string, string | number | null>>[];
  /** Table that answered. */
  readonly tier: string;
  /** The range of column `previous`, ISO 8601 UTC. In a series, its values are in the bins of the asked range. */
  readonly previous?:
    | { readonly from: string; readonly to: string; readonly recordedFrom?: string | undefined }
    | undefined;
  /**
   * ISO 8601 UTC: what was asked is recorded from here on only. What is older was removed: addresses, or single flows,
   * whose totals are left. There are no rows of before. Absent if all of the range can be answered.
   */
  readonly recordedFrom?: string | undefined;
  /** Days received (`YYYY-MM-DD`) of which rows are missing here because they are damaged; absent if there are none. */
  readonly missing?: readonly string[] | undefined;
  /**
   * ISO 8601 UTC: from here on the range is not settled, because an exporter whose timeouts are known has flows under
   * way that it will export later. May be before `from`. Absent if the range is settled, or no timeouts are known.
   */
  readonly unsettledFrom?: string | undefined;
  /**
   * ISO 8601 UTC: what the flow caches of this machine's exporters had at this moment is part of the answer. Absent if
   * it is not.
   */
  readonly liveAt?: string | undefined;
  /**
   * What was lost on the way to the store, and from when on flows may still be under way; absent where nobody knows.
   */
  readonly completeness?: Completeness | undefined;
  readonly elapsedMs: number;
}

/** A column by which rows are in order; rows that are equal in it are newest first. */
export interface FlowSort {
  readonly column: ColumnName;
  readonly largestFirst: boolean;
}

/** Raw rows, newest first if not sorted. */
export interface FlowsSpec {
  readonly fromMs: number;
  readonly toMs: number;
  readonly filter?: string;
  readonly sets?: FilterSets;
  /** `arrival`: the flows that were received in the range. Default `flow`: those whose duration overlaps it. */
  readonly time?: Placement;
  /** Default `as-seen`. */
  readonly duplicates?: Duplicates;
  /** Default DEFAULT_FLOWS, at most MAX_FLOWS. */
  readonly limit?: number;
  /** Default: newest first. */
  readonly sort?: FlowSort;
}

/** The answer to a request for records. */
export interface FlowsResult {
  readonly from: string;
  readonly to: string;
  /** Every column, and the names of which there is any. */
  readonly columns: readonly (ColumnName | NamedValueName)[];
  /** Column Extra is an object of texts by field. */
  readonly rows: readonly Readonly<Record<string, string | number | MapValue>>[];
  /** As in `QueryResult`. */
  readonly recordedFrom?: string | undefined;
  /** As in `QueryResult`. */
  readonly missing?: readonly string[] | undefined;
  /** As in `QueryResult`. */
  readonly completeness?: Completeness | undefined;
  readonly elapsedMs: number;
}

/** What a caller may say about a request for flows. */
export interface ReadOptions {
  /** The caller is gone: the work for its answer ends. */
  readonly signal?: AbortSignal | undefined;
  /** The flows that exporters of this machine have under way count too, as `holdLive` was told of them. */
  readonly live?: boolean | undefined;
  /** Told several times a second how far a long answer is; never for a short one, or where nobody knows. */
  readonly progress?: ((progress: ReadProgress) => void) | undefined;
}

/** The reading half of a store; what the query commands need. A request that is cancelled rejects. */
export interface FlowReader {
  query(spec: QuerySpec, options?: ReadOptions): Promise<QueryResult>;
  flows(spec: FlowsSpec, options?: ReadOptions): Promise<FlowsResult>;
  /** What an aggregate would read; absent where nobody knows. */
  cost?(spec: QuerySpec, options?: ReadOptions): Promise<QueryCost>;
  /** What a request for records would read; absent where nobody knows. */
  flowsCost?(spec: FlowsSpec, options?: ReadOptions): Promise<FlowsCost>;
}

/** An answer whose rows are made when they are read. */
export interface AnswerInPieces<Result extends { readonly rows: readonly object[] }> {
  /** The answer without its rows: `rows` is empty. */
  readonly frame: Result;
  /** The rows in order, in pieces that take a few milliseconds each. They can be read once. */
  readonly pieces: Iterable<Result["rows"]>;
  /** Bytes of memory that are used until the rows were read, nearly. */
  readonly bytes: number;
}

/** The reading half of a store for callers that must not be held up by a large answer. */
export interface PieceReader {
  queryInPieces(spec: QuerySpec, options?: ReadOptions): Promise<AnswerInPieces<QueryResult>>;
  flowsInPieces(spec: FlowsSpec, options?: ReadOptions): Promise<AnswerInPieces<FlowsResult>>;
  cost?(spec: QuerySpec, options?: ReadOptions): Promise<QueryCost>;
  flowsCost?(spec: FlowsSpec, options?: ReadOptions): Promise<FlowsCost>;
  /** What a statement would read. The database has to run a part of it to tell. */
  sqlCost?(spec: SqlSpec, options?: ReadOptions): Promise<ReadCost>;
  /** SQL of the database; absent where there is none. */
  sqlInPieces?(spec: SqlSpec, options?: ReadOptions): Promise<AnswerInPieces<SqlResult>>;
}
