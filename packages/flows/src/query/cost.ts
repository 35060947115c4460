/** How far an answer is: what was read of tables so far. */
export interface ReadProgress {
  readonly rows: number;
  /** Bytes in memory, of the columns that are needed. */
  readonly bytes: number;
  /** Rows that it reads in all, nearly; null while that is not known. */
  readonly rowsTotal: number | null;
  readonly elapsedMs: number;
}

/** What is read of one tier. */
export interface TierCost {
  readonly name: string;
  readonly parts: number;
  readonly rows: number;
  /** Bytes on disk of these rows, nearly: of every column, also those that are not needed. */
  readonly bytes: number;
}

/** What an answer would read, from the indexes of the tables; nothing was read for it. */
export interface ReadCost {
  /** The tables, largest first. A tier that the plan names and that has nothing there is absent. */
  readonly tiers: readonly TierCost[];
  readonly parts: number;
  readonly rows: number;
  readonly bytes: number;
  /** How long it takes, nearly: by what the last answers of this kind took in this process, or a usual machine. */
  readonly aboutMs: number;
}

/** What a request for records would read. */
export interface FlowsCost extends ReadCost {
  /** The range as it is answered, ISO 8601 UTC. */
  readonly from: string;
  readonly to: string;
  /** Reading ends when there are enough of the newest flows: it may be far less. */
  readonly endsEarly: boolean;
}

/** What an aggregate would read. */
export interface QueryCost extends ReadCost {
  /** The range as it is answered, ISO 8601 UTC. */
  readonly from: string;
  readonly to: string;
  /** As in `QueryResult`. */
  readonly tier: string;
  /** Why flows are read one by one; null if only sums are. */
  readonly why: string | null;
}
