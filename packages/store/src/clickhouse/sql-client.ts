import type { NgflowError } from "@ngflow/base";
import type { ReadOptions } from "@ngflow/flows";
import type { ServerFacts } from "./capabilities.ts";
import type { Row } from "./sql-text.ts";

/**
 * A connection to ClickHouse, embedded or a server. The code in this folder needs nothing else of ClickHouse.
 *
 * Every method rejects with a `SqlError`. The planner bounds the rows of every answer, so an answer is one buffer.
 */
export interface SqlClient {
  /**
   * A query of a user: the bytes of its rows in the format JSONCompactEachRow, for `rowSlices`. The query runs under
   * the limits of the client and may only read: any other statement fails with error 164. When `signal` aborts, the
   * query is cancelled at once, also while it waits for its turn, and the promise rejects with error 394.
   */
  read(sql: string, options?: ReadOptions): Promise<Uint8Array>;

  /** Rows of a short query that the store needs for itself: it waits for no query of a user, and has no limits. */
  inspect(sql: string): Promise<Row[]>;

  /** Runs a statement that changes something. What it wrote survives a crash once the promise has resolved. */
  run(sql: string): Promise<void>;

  /**
   * Runs a statement that reads the rows of a file of this machine. `statement` is given the table expression to read
   * them from. An `INSERT … SELECT` makes them durable as `run` does and has no rows.
   *
   * This is how blocks are inserted. The table itself is checked for a block that is already there. A server gets
   * ClickHouse's deduplication token besides. That alone would not do: on a MergeTree its log is written before the
   * part, so a crash could lose rows.
   *
   * @param token by which a server knows rows that it has; that of the statement when absent
   */
  over(file: DataFile, statement: (rows: string) => string, token?: string): Promise<Row[]>;

  /** The rows of a file of this machine in another format. */
  convert(file: DataFile, format: FileFormat): Promise<Uint8Array>;

  /** Rows in the format Native, for a file that another client reads. The caller bounds them. */
  native(sql: string): Promise<Uint8Array>;

  /** The directory of a database that no other process uses: its files may be moved for repair. */
  readonly directory?: string;

  /** What a server can do; absent for the embedded database, which can do everything but keep tokens. */
  readonly facts?: ServerFacts;

  /** Cancels running queries and closes the connection. Cancelled queries reject with error 394. */
  close(): Promise<void>;
}

/** A format of files with answers; Arrow is its IPC format for files. */
export type FileFormat = "Parquet" | "Arrow";

/** A file with rows. Columns of `structure` that it lacks are zero. */
export interface DataFile {
  readonly path: string;
  readonly format: "Native" | "JSONEachRow";
  /** Columns as ClickHouse writes them: `name Type, …`. */
  readonly structure: string;
}

/** An error of ClickHouse, with its number unless ClickHouse could not be reached. */
export interface SqlError extends Error {
  readonly clickhouseCode?: number;
}

/** ClickHouse's number of the error of a cancelled query. */
export const QUERY_WAS_CANCELLED = 394;

/** Limits of a client. */
export interface SqlLimits {
  /** Most memory of all queries, inserts and merges together, in bytes; a server has its own limit. */
  readonly maxMemoryBytes: number;
  /** Most memory of one query, in bytes. */
  readonly maxQueryMemoryBytes: number;
  /** Longest time of one query, in milliseconds. */
  readonly queryTimeoutMs: number;
}

export const SQL_LIMITS: SqlLimits = {
  maxMemoryBytes: 2 ** 30,
  maxQueryMemoryBytes: 2 ** 29,
  queryTimeoutMs: 30_000,
};

/** Limits for a machine or control group with so many bytes of memory: a query may use an eighth, at most 1 GiB. */
export function limitsFor(memoryBytes: number): SqlLimits {
  const maxQueryMemoryBytes = Math.min(2 ** 30, Math.max(SQL_LIMITS.maxQueryMemoryBytes, Math.floor(memoryBytes / 8)));
  return { ...SQL_LIMITS, maxQueryMemoryBytes, maxMemoryBytes: 2 * maxQueryMemoryBytes };
}

/** Where a server is, and what proves who is asking, without anything secret. */
export interface ServerPlace {
  /** `clickhouse://USER@HOST:PORT/DATABASE`. */
  readonly url: string;
  /** File with the password of the user. */
  readonly passwordFile?: string | undefined;
  /** File with the certificates, in PEM, of those who may have signed the server's; those of Node.js when absent. */
  readonly caFile?: string | undefined;
}

/** A database that can be opened. */
export interface SqlBackend {
  /** Where a server is, which others can reach, too; absent for the embedded database. */
  readonly server?: ServerPlace;
  /** Name of the collector whose tables of a server are used; "", and absent, for the one without a name. */
  readonly collector?: string;
  /**
   * @param owner id of the data directory that uses the database
   * @throws NgflowError when the database cannot be opened.
   */
  open(owner?: string): Promise<SqlClient>;
  /** The error to show when the database was opened but the tables cannot be created. */
  unusable(cause: Error): NgflowError;
}

/** The error of a query that was cancelled before the database knew it. */
export function cancelledError(): SqlError {
  return Object.assign(new Error("the query was cancelled"), { clickhouseCode: QUERY_WAS_CANCELLED });
}
