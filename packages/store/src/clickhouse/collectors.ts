import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import type { CollectorStatus, ForgottenCollector, Tier, Tiers } from "@ngflow/flows";
import { StoreError } from "../errors.ts";
import { createSerial } from "../serial.ts";
import { Documents } from "../share/documents.ts";
import type { SharedKind } from "../store.ts";
import { databaseSql, engineOf, onCluster } from "./cluster.ts";
import { type CollectorState, coverOf, parseCollectorState } from "./collector-state.ts";
import { tierOf } from "./collector-tables.ts";
import { forgetCollector, shownName } from "./forget-collector.ts";
import { type Holdings, holdingsOf } from "./holdings.ts";
import { type Rolled, unrolledOf } from "./rolled.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

const TABLE = "ngflow_collectors";
/** A collector whose state does not change says so often that it lives. */
const EVERY_MS = 5000;
/** One that said so within this time, and not that it ends, is not forgotten. */
const RUNS_MS = 60_000;

interface CollectorsDeps {
  readonly client: SqlClient;
  readonly tiers: Tiers;
  /** Name of this collector; "" for the one without a name. */
  readonly name: string;
  /** A path for what is written, which only this process uses. */
  readonly file: string;
  /** What this collector has now. */
  readonly state: () => CollectorState;
}

/** What another collector has. */
export interface OtherCollector extends Rolled {
  readonly collector: string;
  /** Days of which rows are missing. */
  readonly missing: readonly string[];
}

/** A collector that has tables. */
export interface TableOwner {
  readonly name: string;
  /** Whether its release knows a tier. */
  has(tier: Tier): boolean;
}

/**
 * The collectors that have tables in one database. Each writes to its own and keeps those in order, and writes down
 * what they have. So every one can read the rows of all, and what one does never depends on another.
 */
export class Collectors {
  readonly #deps: CollectorsDeps;
  readonly #writing = createSerial();
  readonly #documents = new Map<SharedKind, Documents>();
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(deps: CollectorsDeps) {
    this.#deps = deps;
  }

  /** Makes the table. @throws SqlError. */
  async open(): Promise<void> {
    const { client } = this.#deps;
    const { facts } = client;
    const isThere = `system.tables WHERE database = ${databaseSql(facts)} AND name = ${sqlString(TABLE)}`;
    // A server of a cluster that is away would be waited for.
    if (facts?.cluster === undefined || (await client.inspect(`SELECT 1 FROM ${isThere}`)).length === 0)
      await client.run(
        `CREATE TABLE IF NOT EXISTS ${TABLE}${onCluster(facts)} (Name String, State String, At DateTime64(6, 'UTC'))` +
          ` ENGINE = ${engineOf(facts, "ReplacingMergeTree", TABLE, true)} ORDER BY Name`,
      );
  }

  /** Writes the state, and again from time to time. @throws SqlError. */
  async start(): Promise<void> {
    await this.publish();
    this.#timer = setInterval(() => this.changed(), EVERY_MS);
    this.#timer.unref();
  }

  /** Writes the state for the last time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended = true;
    await this.publish().catch(() => undefined);
  }

  /** The state is to be written soon. An error is that of the next `publish`, which storing a block waits for. */
  changed(): void {
    void this.publish().catch(() => undefined);
  }

  /** Resolves when others can read the state that this collector has at the time of the call. @throws SqlError. */
  publish(): Promise<void> {
    this.#next ??= this.#writing(() => {
      this.#next = undefined;
      return this.#write();
    });
    return this.#next;
  }

  /** What the others have now. @throws SqlError, StoreError `store-collector`. */
  async others(): Promise<readonly OtherCollector[]> {
    const { client, tiers, name: own } = this.#deps;
    const others: OtherCollector[] = [];
    for (const { name, state } of await this.#read()) {
      if (name === own) continue;
      if (state === undefined)
        throw new StoreError(
          "store-collector",
          `store: what the collector "${name}" has is written in a form that this release does not know; use one release`,
        );
      const { steps, lastBlocks, missing } = state;
      const tables = tiers.map((tier) => [tierOf(tier, name).table, lastBlocks[tier.name] ?? -1] as const);
      others.push({
        collector: name,
        unrolled: unrolledOf(state),
        lastBlocks: new Map(tables),
        lastStep: client.facts?.cluster === undefined ? undefined : steps,
        covers: (tier) => coverOf(state, tier),
        missing,
      });
    }
    return others;
  }

  /** All collectors, by name. @throws SqlError. */
  async status(): Promise<readonly CollectorStatus[]> {
    const nowMs = Date.now();
    const { client, tiers } = this.#deps;
    const holdings = await holdingsOf(client, tiers);
    return (await this.#read()).map(({ name, state, ageMs }) => ({
      name,
      ...(holdings.get(name) ?? NOTHING),
      owner: state?.id ?? null,
      seenSeconds: Math.max(0, Math.round(ageMs / 1000)),
      rowsWaiting: state?.rowsWaiting ?? null,
      bytesWaiting: state?.bytesWaiting ?? null,
      lagSeconds: state === undefined ? null : lagOf(state, nowMs),
    }));
  }

  /** All that have tables, with the tiers that they have. @throws SqlError. */
  async owners(): Promise<readonly TableOwner[]> {
    return (await this.#read()).map(({ name, state }) => ({
      name,
      has: (tier) => state?.covers[tier.name] !== undefined,
    }));
  }

  /**
   * Drops the tables of one that is gone for good. @throws StoreError `collector-absent`, `collector-runs`; SqlError.
   */
  async forget(name: string): Promise<ForgottenCollector> {
    const { client, tiers, name: own } = this.#deps;
    const found = (await this.#read()).find((other) => other.name === name);
    if (name === own || (found !== undefined && found.ageMs < RUNS_MS && found.state?.ended !== true))
      throw new StoreError(
        "collector-runs",
        name === own
          ? `store: the collector ${shownName(name)} is that of this data directory; ask from another one`
          : `store: the collector ${shownName(name)} runs: it was seen ${Math.round((found?.ageMs ?? 0) / 1000)} s ago; stop it, or wait a minute if it was killed`,
      );
    return forgetCollector(client, tiers, name);
  }

  /** Gives the others a text, unless it is undefined; returns theirs that have changed since the last call. */
  async exchange(kind: SharedKind, own: string | undefined): Promise<ReadonlyMap<string, string>> {
    const { client, name, file } = this.#deps;
    let documents = this.#documents.get(kind);
    if (documents === undefined) {
      documents = new Documents(client, `${file}-${kind}`, `ngflow_${kind}`);
      this.#documents.set(kind, documents);
    }
    if (own !== undefined) await documents.put(new Map([[name, own]]));
    const changed = new Map(await documents.changes());
    changed.delete(name);
    return changed;
  }

  /** What every collector wrote last; those whose tables were dropped are left out. */
  async #read(): Promise<{ name: string; state: CollectorState | undefined; ageMs: number }[]> {
    const { client, tiers } = this.#deps;
    const rows = await client.inspect(
      `SELECT Name, argMax(State, At), dateDiff('millisecond', max(At), now64(6)) FROM ${TABLE} GROUP BY Name ORDER BY Name`,
    );
    const tables = rows.map(([name]) => sqlString(tierOf(tiers[0], String(name)).table));
    const there = await client.inspect(
      `SELECT name FROM system.tables WHERE database = ${databaseSql(client.facts)} AND name IN (${["''", ...tables].join(", ")})`,
    );
    const names = new Set(there.map(([table]) => String(table)));
    return rows
      .map(([name, text, ageMs]) => ({
        name: String(name),
        state: parseCollectorState(String(text), tiers),
        ageMs: Number(ageMs),
      }))
      .filter(({ name }) => names.has(tierOf(tiers[0], name).table));
  }

  async #write(): Promise<void> {
    const { client, name, file, state } = this.#deps;
    await writeFile(
      file,
      `${JSON.stringify({ Name: name, State: JSON.stringify({ ...state(), ended: this.#ended }) })}\n`,
      { mode: 0o600 },
    );
    try {
      // The same state may be written again later: no two statements are the same one.
      const once = `${sqlString(randomUUID())} != ''`;
      await client.over(
        { path: file, format: "JSONEachRow", structure: "Name String, State String" },
        (rows) => `INSERT INTO ${TABLE} SELECT Name, State, now64(6) FROM ${rows} WHERE ${once}`,
      );
    } finally {
      await rm(file, { force: true });
    }
  }
}

/** What a collector has without a row. */
const NOTHING: Holdings = { rows: 0, bytes: 0, from: null, to: null };

/** Seconds that the oldest row of a spool has waited; null if none does. */
function lagOf({ oldestMs }: CollectorState, nowMs: number): number | null {
  return oldestMs === null ? null : Math.max(0, Math.round((nowMs - oldestMs) / 1000));
}
