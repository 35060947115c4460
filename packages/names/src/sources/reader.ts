/** Bytes of a source. */
export interface Fetched {
  readonly bytes: Buffer;
  /** When they were made, Unix milliseconds; null if not known. */
  readonly madeAtMs: number | null;
}

/** Reads a source when it has changed. */
export interface Reader {
  /** Milliseconds between two looks at it. */
  readonly intervalMs: number;
  /** After a `read` without bytes: what is there is what was last read. */
  readonly isSame: boolean;
  /** The bytes; undefined if they are those of the last time, or not complete yet. @throws NamesError */
  read(): Promise<Fetched | undefined>;
  /** A copy of what was good before this process began. */
  lastGood?(): Promise<Fetched | undefined>;
  /** Keeps bytes that were good. */
  keep?(fetched: Fetched): Promise<void>;
}

/** Largest source. A city database of the world has some hundred megabytes. */
export const MAX_SOURCE_BYTES = 1024 * 1024 * 1024;
