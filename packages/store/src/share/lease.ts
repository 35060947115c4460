import { randomBytes } from "node:crypto";
import type { SqlClient } from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";

/** A member that has not said for so long that it lives has ended. */
const LEASE_MS = 15_000;
/** A member that was away for longer is a new one: the others may have taken it as ended meanwhile. */
const KEEP_MS = 10_000;
/** A new member waits for so long, because one that came before it may not be seen yet. */
const JOIN_MS = 4000;
/** A beat that takes longer counts as none. */
const BEAT_MS = 3000;

/**
 * Chooses one of several processes that share a database: the one that has been there for longest. Every member says
 * again and again that it lives; one that does not is passed over after 15 s. Only the clock of the database counts.
 * With replicas, all members have to use the same one.
 */
export class Lease {
  readonly #client: SqlClient;
  readonly #table: string;
  readonly #steadyMs: () => number;
  #id: string | undefined;
  #untilMs = 0;
  #made = false;

  /** @param table of the members; each choice has one of its own */
  constructor(client: SqlClient, table = "ngflow_lease", steadyMs: () => number = () => performance.now()) {
    this.#client = client;
    this.#table = table;
    this.#steadyMs = steadyMs;
  }

  /** Whether this process is the chosen one now, by its last beat. */
  get holds(): boolean {
    return this.#steadyMs() < this.#untilMs;
  }

  /** Says that this process lives, and asks who is the chosen one. Call it every few seconds. @throws SqlError. */
  async beat(): Promise<void> {
    const beganMs = this.#steadyMs();
    try {
      if (!this.#made) await this.#client.run(creation(this.#table));
      this.#made = true;
      this.#id ??= randomBytes(12).toString("hex");
      await this.#client.run(renewal(this.#table, this.#id));
      const [first] = await this.#client.inspect(firstOf(this.#table));
      if (this.#steadyMs() - beganMs > BEAT_MS) throw new Error(`the database took longer than ${BEAT_MS} ms`);
      // The others count from when the row was written, which was after `beganMs`.
      const chosen = first?.[0] === this.#id && Number(first[1]) >= JOIN_MS;
      this.#untilMs = chosen ? beganMs + LEASE_MS : 0;
    } catch (error) {
      // What was written may be seen later: it must not make a chosen one of this process.
      this.#id = undefined;
      throw error;
    }
  }

  /** Leaves: another one is chosen at once. */
  async end(): Promise<void> {
    this.#untilMs = 0;
    if (this.#id === undefined) return;
    const id = sqlString(this.#id);
    this.#id = undefined;
    await this.#client.run(`INSERT INTO ${this.#table} SELECT ${id}, now64(6), now64(6), 1`);
  }
}

const creation = (table: string): string =>
  `CREATE TABLE IF NOT EXISTS ${table} (Id String, Since DateTime64(6, 'UTC'), At DateTime64(6, 'UTC'), Ended UInt8)` +
  " ENGINE = ReplacingMergeTree(At) ORDER BY Id";

/** Milliseconds from a time to now. */
const age = (time: string): string => `dateDiff('millisecond', ${time}, now64(6))`;

function renewal(table: string, id: string): string {
  const isNew = `count() = 0 OR ${age("max(At)")} > ${KEEP_MS}`;
  return (
    `INSERT INTO ${table} SELECT ${sqlString(id)}, if(${isNew}, now64(6), argMax(Since, At)), now64(6), 0` +
    ` FROM ${table} WHERE Id = ${sqlString(id)}`
  );
}

/** The member that is there for longest, and for how long. */
const firstOf = (table: string): string =>
  `SELECT Id, ${age("Joined")} FROM (SELECT Id, argMax(Since, At) AS Joined, max(At) AS Seen, argMax(Ended, At) AS Gone` +
  ` FROM ${table} GROUP BY Id) WHERE Gone = 0 AND ${age("Seen")} < ${LEASE_MS} ORDER BY Joined, Id LIMIT 1`;
