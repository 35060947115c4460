import type { Log } from "@ngflow/base";
import type {
  AnswerInPieces,
  FlowsCost,
  FlowReader,
  FlowsSpec,
  ForgottenCollector,
  NameSources,
  PieceReader,
  QueryCost,
  QuerySpec,
  ReadCost,
  ReadOptions,
  SqlResult,
  SqlSpec,
  StoreStatus,
} from "@ngflow/flows";
import type { AnswerTable } from "./clickhouse/answer-file.ts";
import type { FileFormat } from "./clickhouse/sql-client.ts";
import type { RollUpStats } from "./clickhouse/roll-ups.ts";
import type { KeepLimits } from "./ledger/ledger-file.ts";
import type { UpkeepStats } from "./clickhouse/upkeep.ts";
import type { LiveFlows } from "./clickhouse/live-table.ts";
import type { Progress } from "./progress.ts";
import type { IngesterStats } from "./spool/ingester-types.ts";
import type { StoreFindings } from "./store-findings.ts";

/**
 * Counters of a store. Those named `…Total` count what is stored now, those named `ledger…` all rows that the data
 * directory ever acknowledged; the others count since start, unless they say otherwise.
 */
export interface StoreStats extends IngesterStats, UpkeepStats, RollUpStats {
  /** Acknowledged rows: `ledgerStored` + `ledgerDropped` + `ledgerDamaged` + `ledgerWaiting`. */
  readonly ledgerAcknowledged: number;
  /** Rows that the database has. */
  readonly ledgerStored: number;
  /** Rows dropped because of their age, the size of the store, or their time in the spool. */
  readonly ledgerDropped: number;
  /** Rows of blocks set aside or removed, and rows that the database lost or cannot read. */
  readonly ledgerDamaged: number;
  /** Rows of blocks in the spool. */
  readonly ledgerWaiting: number;
  /** Milliseconds since the database last answered; 0 while it does. What is stored is of that time then. */
  readonly databaseAwayMs: number;
  /** Rows in the store. */
  readonly rowsTotal: number;
  /** Bytes of the store on disk. */
  readonly bytesTotal: number;
  /** Parts of the store; they grow without bound only if merging fails. */
  readonly partsTotal: number;
}

export interface StoreRepair extends StoreFindings {
  /** Parts that were attached again. */
  readonly partsAttached: readonly string[];
  /** Block files that are in the spool again. */
  readonly blocksTakenBack: number;
}

/** What collectors share besides flows: what they have learnt of exporters. */
export type SharedKind = "templates" | "names";

/**
 * Keeps other processes from opening the store of a data directory that is on a server.
 * @throws StoreError `store-held`.
 */
export type StoreLock = (dataDirectory: string) => { release(): void };

export interface StoreDeps {
  /** Default: nothing is locked. The embedded database has a lock of its own. */
  readonly lock?: StoreLock;
  readonly log?: Log;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
  /** The names that there are when a query begins. Default: none. */
  readonly names?: () => NameSources;
  /** Milliseconds of a clock that only goes forward, of any origin. */
  readonly steadyMs?: () => number;
}

/** A store of flows: it takes block files from a spool and answers queries. */
export interface Store extends FlowReader, PieceReader {
  /** Opens the store and starts to take blocks. Safe to call twice. @throws NgflowError. */
  start(): Promise<void>;
  /** Finishes the current block and closes. Safe to call twice. */
  stop(): Promise<void>;
  /** Keeps flows by these limits from now on, which are applied within a minute. An absent one is the default. */
  limit(limits: Partial<KeepLimits>): Promise<void>;
  /** Polls the spool now. */
  poke(): void;
  /** Resolves when all blocks that are in the spool at the time of the call can be queried. */
  drain(): Promise<void>;
  /** Resolves when everything that is stored is in the roll-ups; a running store does that by itself. */
  rollUp(): Promise<void>;
  /** An answer as a file. */
  file(format: FileFormat, answer: AnswerTable): Promise<Uint8Array>;
  /** What an aggregate would read, from the indexes of the tables. It has the limits of a query. @throws FlowsError. */
  cost(spec: QuerySpec, options?: ReadOptions): Promise<QueryCost>;
  /** What a request for records would read. @throws FlowsError, FilterError. */
  flowsCost(spec: FlowsSpec, options?: ReadOptions): Promise<FlowsCost>;
  /** What SQL of a user would read. It runs under the limits of a query. @throws StoreError `bad-sql` */
  sqlCost(spec: SqlSpec, options?: ReadOptions): Promise<ReadCost>;
  /** SQL of a user, which may read the tables of the store and nothing else. @throws StoreError `bad-sql` */
  sqlInPieces(spec: SqlSpec, options?: ReadOptions): Promise<AnswerInPieces<SqlResult>>;
  /** The flows that exporters of this machine have under way; null for none that are known. */
  holdLive(flows: LiveFlows | null): Promise<void>;
  /**
   * What collectors of one database share, a text of each kind of each: gives them that of this one, unless it is
   * undefined, and returns those of others that have changed since the last call, by the name of the collector.
   * Undefined where no others can be: in the embedded database. @throws SqlError.
   */
  exchange(kind: SharedKind, own: string | undefined): Promise<ReadonlyMap<string, string> | undefined>;
  stats(): Promise<StoreStats>;
  /** What is kept, the limits, and what was removed. */
  status(): Promise<StoreStatus>;
  /** Reads all parts completely, compares the rows of every day with the ledger, and returns what is wrong. */
  verify(progress?: Progress): Promise<StoreFindings>;
  /**
   * Takes back what is whole: parts that the database does not use, if rows of their day are missing, and blocks that
   * were set aside. Nothing is deleted. Returns what was taken back and what is still wrong.
   */
  repair(progress?: Progress): Promise<StoreRepair>;
  /**
   * Makes a copy of this moment within the data directory, of hard links, for `copySnapshot`. An earlier one is
   * removed. Returns its path. @throws StoreError `backup-database`.
   */
  snapshot(): Promise<string>;
  /**
   * Drops the tables of another collector of the database, which is gone for good.
   * @throws StoreError `collector-absent`, `collector-runs`.
   */
  forget(collector: string): Promise<ForgottenCollector>;
  /** Merges the parts of every day into one. */
  compact(progress?: Progress): Promise<StoreStatus>;
}
