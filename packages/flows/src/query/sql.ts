import type { MapValue } from "./display.ts";

/** Most rows of an answer to SQL, and how many without a limit. */
export const MAX_SQL_ROWS = 10_000;
/** Rows of an answer to SQL without `limit`. */
export const DEFAULT_SQL_ROWS = 1000;
/** Most characters of a statement: it is a part of an address. */
export const MAX_SQL_CHARACTERS = 4000;

/** A statement of a user in the database's own SQL: one SELECT over the tables of the store. */
export interface SqlSpec {
  readonly sql: string;
  /** Most rows. */
  readonly limit: number;
}

/** The answer to SQL. */
export interface SqlResult {
  readonly columns: readonly string[];
  /** Types of the columns, as the database names them. */
  readonly types: readonly string[];
  /** Values by column; arrays and the like are JSON as text. */
  readonly rows: readonly Readonly<Record<string, string | number | MapValue | null>>[];
  /** The statement has more rows than the limit. */
  readonly more: boolean;
  readonly elapsedMs: number;
}
