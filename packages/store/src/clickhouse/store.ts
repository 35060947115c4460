import { type Log, NgflowError, silentLog } from "@ngflow/base";
import {
  type FlowsResult,
  type FlowsSpec,
  isoTime,
  planFlows,
  planQuery,
  type QueryResult,
  type QuerySpec,
  type Tiers,
} from "@ngflow/flows";
import { StoreError } from "../errors.ts";
import { createIngester, type Ingester } from "../spool/ingester.ts";
import type { Store, StoreDeps, StoreStats } from "../store.ts";
import { clickhouseDialect } from "./dialect.ts";
import { FILLED_TIERS, type FilledTier } from "./fill.ts";
import { migrate } from "./migrate.ts";
import { toParquet } from "./parquet.ts";
import { queryError } from "./query-error.ts";
import { enforceQuota, storeSize } from "./quota.ts";
import { aggregateColumns, aggregateRows, flowRows } from "./rows.ts";
import { type Row, SQL_LIMITS, type SqlBackend, type SqlClient, type SqlError } from "./sql-client.ts";
import { createBlockWriter } from "./writer.ts";

export interface ClickHouseStoreConfig {
  /** Spool directory to take blocks from. */
  readonly spoolDirectory: string;
  /**
   * Days a row is kept after it was received, unless its tier sets another number. 0 keeps rows forever. Default 30.
   */
  readonly retentionDays?: number;
  /** Most bytes of stored rows; above it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly maxBytes?: number;
  /** Least bytes free on the disk; below it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly minFreeBytes?: number;
  /** Longest time of one query, in milliseconds. Only for messages: the client enforces it. Default 30,000. */
  readonly queryTimeoutMs?: number;
  /** Longest time between two polls of the spool, in milliseconds. Default 150. */
  readonly pollMs?: number;
  /** False leaves blocks in the spool until `drain` is called. Default true. */
  readonly ingest?: boolean;
  /** Tables to fill and to query. Default: every tier. */
  readonly tiers?: Tiers<FilledTier>;
}

/** A store in ClickHouse. Nothing is opened before `start`. */
export function createClickHouseStore(config: ClickHouseStoreConfig, backend: SqlBackend, deps: StoreDeps = {}): Store {
  return new ClickHouseStore(config, backend, deps);
}

/** How often the limits of the store are checked. */
const QUOTA_EVERY_MS = 60_000;

interface OpenStore {
  readonly client: SqlClient;
  readonly ingester: Ingester;
}

class ClickHouseStore implements Store {
  readonly #config: ClickHouseStoreConfig;
  readonly #backend: SqlBackend;
  readonly #tiers: Tiers<FilledTier>;
  readonly #log: Log;
  readonly #nowMs: () => number;
  #open: OpenStore | undefined;
  #starting: Promise<void> | undefined;
  #quotaTimer: NodeJS.Timeout | undefined;
  #quotaRound: Promise<void> | undefined;
  #rowsDropped = 0;

  constructor(config: ClickHouseStoreConfig, backend: SqlBackend, deps: StoreDeps) {
    this.#config = config;
    this.#backend = backend;
    this.#tiers = config.tiers ?? FILLED_TIERS;
    this.#log = deps.log ?? silentLog;
    this.#nowMs = deps.nowMs ?? Date.now;
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    const open = this.#open;
    this.#open = undefined;
    this.#starting = undefined;
    if (!open) return;
    clearInterval(this.#quotaTimer);
    await this.#quotaRound;
    await open.ingester.stop();
    await open.client.close();
  }

  poke(): void {
    this.#open?.ingester.poke();
  }

  async drain(): Promise<void> {
    await this.#opened().ingester.drain();
  }

  async query(spec: QuerySpec): Promise<QueryResult> {
    const startedMs = performance.now();
    const plan = planQuery(spec, this.#tiers);
    const rows = await this.#read(clickhouseDialect.aggregate(plan));
    return {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      step: plan.stepMs === null ? null : plan.stepMs / 1000,
      columns: aggregateColumns(plan, spec.metric),
      rows: aggregateRows(plan, spec.metric, rows),
      tier: plan.tier.name,
      elapsedMs: elapsed(startedMs),
    };
  }

  async flows(spec: FlowsSpec): Promise<FlowsResult> {
    const startedMs = performance.now();
    const plan = planFlows(spec, this.#tiers);
    const rows = await this.#read(clickhouseDialect.flows(plan));
    return {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      columns: plan.columns,
      rows: flowRows(plan, rows),
      elapsedMs: elapsed(startedMs),
    };
  }

  async parquet(columns: readonly string[], rows: readonly object[]): Promise<Uint8Array> {
    return toParquet(this.#opened().client, columns, rows);
  }

  async stats(): Promise<StoreStats> {
    const { client, ingester } = this.#opened();
    const size = await storeSize(client, this.#tiers);
    return { ...ingester.stats(), rowsDropped: this.#rowsDropped, ...size };
  }

  async #start(): Promise<void> {
    const { spoolDirectory, pollMs, retentionDays = 30, ingest = true } = this.#config;
    const client = await this.#backend.open();
    try {
      for (const tier of this.#tiers) await migrate(client, tier, retentionDays);
      const ingester = createIngester(
        { directory: spoolDirectory, ...(pollMs === undefined ? {} : { pollMs }) },
        createBlockWriter(client, this.#tiers),
        { log: this.#log, nowMs: this.#nowMs },
      );
      await this.#checkQuota(client);
      this.#quotaTimer = setInterval(() => {
        this.#quotaRound ??= this.#checkQuota(client).finally(() => (this.#quotaRound = undefined));
      }, QUOTA_EVERY_MS);
      this.#quotaTimer.unref();
      if (ingest) await ingester.start();
      this.#open = { client, ingester };
    } catch (error) {
      clearInterval(this.#quotaTimer);
      await client.close();
      throw error instanceof NgflowError ? error : this.#backend.unusable(error as Error);
    }
  }

  async #checkQuota(client: SqlClient): Promise<void> {
    const { maxBytes = 0, minFreeBytes = 0 } = this.#config;
    try {
      const { days, rows } = await enforceQuota(client, this.#tiers, { maxBytes, minFreeBytes });
      this.#rowsDropped += rows;
      if (days > 0) this.#log.warn({ days, rows }, "store: dropped the oldest days to stay within the limits");
    } catch (error) {
      this.#log.warn({ error }, "store: cannot check the limits");
    }
  }

  async #read(sql: string): Promise<Row[]> {
    try {
      return await this.#opened().client.rows(sql);
    } catch (error) {
      throw queryError(error as SqlError, this.#config.queryTimeoutMs ?? SQL_LIMITS.queryTimeoutMs);
    }
  }

  #opened(): OpenStore {
    if (!this.#open) throw new StoreError("store-closed", "store: not started");
    return this.#open;
  }
}

function elapsed(sinceMs: number): number {
  return Math.round((performance.now() - sinceMs) * 100) / 100;
}
