import {
  displayValue,
  type FlowsResult,
  type FlowsSpec,
  isoTime,
  jsonInteger,
  planFlows,
  planQuery,
  type QueryResult,
  type QuerySpec,
  TIERS,
} from "@ngflow/flows";
import { type Log, NgflowError, silentLog } from "@ngflow/base";
import { createIngester, type Ingester } from "../spool/ingester.ts";
import type { Store, StoreStats } from "../store.ts";
import { CHDB_DEFAULTS, type ChdbConfig } from "./config.ts";
import { addColumn, alterRetention, columnDefinitions, createTable, ttl } from "../clickhouse/ddl.ts";
import { clickhouseDialect } from "../clickhouse/dialect.ts";
import { type ChdbEngine, type ChdbError, openChdb, unusable } from "./engine.ts";
import { enforceQuota, type QuotaLimits } from "./quota.ts";
import { createChdbWriter } from "./writer.ts";

export interface ChdbStoreConfig extends ChdbConfig {
  /** Spool directory to take blocks from. */
  readonly spoolDirectory: string;
  /** Longest time between looks into the spool, in milliseconds. */
  readonly pollMs?: number;
  /** False leaves blocks in the spool until `drain` is called. Default true. */
  readonly ingest?: boolean;
}

export interface StoreDeps {
  readonly log?: Log;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
}

/** The embedded store. The engine is loaded by `start`, not before. */
export function createChdbStore(config: ChdbStoreConfig, deps: StoreDeps = {}): Store {
  return new ChdbStore(config, deps);
}

const [RAW] = TIERS;
/** How often the limits of the store are looked at. */
const QUOTA_EVERY_MS = 60_000;

interface OpenStore {
  readonly engine: ChdbEngine;
  readonly ingester: Ingester;
}

type Cell = string | number | null;

class ChdbStore implements Store {
  readonly #config: ChdbStoreConfig;
  readonly #deps: StoreDeps;
  #open: OpenStore | undefined;
  #starting: Promise<void> | undefined;
  #quotaTimer: NodeJS.Timeout | undefined;
  #quotaRound: Promise<void> | undefined;
  #rowsDropped = 0;

  constructor(config: ChdbStoreConfig, deps: StoreDeps) {
    this.#config = config;
    this.#deps = deps;
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
    await open.engine.close();
  }

  poke(): void {
    this.#open?.ingester.poke();
  }

  async drain(): Promise<void> {
    await this.#opened().ingester.drain();
  }

  async query(spec: QuerySpec): Promise<QueryResult> {
    const startedMs = performance.now();
    const plan = planQuery(spec);
    const series = plan.stepMs !== null;
    const seconds = (plan.stepMs ?? plan.toMs - plan.fromMs) / 1000;
    const rows = (await this.#read(clickhouseDialect.aggregate(plan))).map((cells) => {
      const row: Record<string, string | number | null> = {};
      let at = 0;
      if (series) row["time"] = isoTime(Number(cells[at++]));
      for (const column of plan.by) {
        const cell = cells[at++]!;
        row[column] = cell === null ? null : displayValue(column, cell);
      }
      const total = BigInt(cells[at] ?? 0);
      if (spec.metric === "bps") row["bps"] = (Number(total) * 8) / seconds;
      else if (spec.metric === "pps") row["pps"] = Number(total) / seconds;
      else row[spec.metric] = jsonInteger(total);
      return row;
    });
    return {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      step: plan.stepMs === null ? null : plan.stepMs / 1000,
      columns: [...(series ? ["time"] : []), ...plan.by, spec.metric],
      rows,
      tier: plan.tier.name,
      elapsedMs: elapsed(startedMs),
    };
  }

  async flows(spec: FlowsSpec): Promise<FlowsResult> {
    const startedMs = performance.now();
    const plan = planFlows(spec);
    const rows = (await this.#read(clickhouseDialect.flows(plan))).map((cells) => {
      const row: Record<string, string | number> = {};
      for (const [i, column] of plan.columns.entries()) row[column] = displayValue(column, cells[i]!);
      return row;
    });
    return {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      columns: plan.columns,
      rows,
      elapsedMs: elapsed(startedMs),
    };
  }

  async stats(): Promise<StoreStats> {
    const { ingester } = this.#opened();
    const [cells] = await this.#read(
      `SELECT sum(rows), sum(bytes_on_disk), count() FROM system.parts WHERE active AND database = currentDatabase() AND table = '${RAW.table}'`,
    );
    const [rowsTotal = 0, bytesTotal = 0, partsTotal = 0] = cells?.map(Number) ?? [];
    return { ...ingester.stats(), rowsDropped: this.#rowsDropped, rowsTotal, bytesTotal, partsTotal };
  }

  async #start(): Promise<void> {
    const config = { ...CHDB_DEFAULTS, ...this.#config };
    const engine = await openChdb(config.directory, config);
    try {
      await this.#migrate(engine, config.retentionDays);
      const deps = { log: this.#deps.log ?? silentLog, nowMs: this.#deps.nowMs ?? Date.now };
      const ingester = createIngester(
        { directory: config.spoolDirectory, ...(config.pollMs === undefined ? {} : { pollMs: config.pollMs }) },
        createChdbWriter(engine.writer),
        deps,
      );
      await this.#checkQuota(engine, config);
      this.#quotaTimer = setInterval(() => {
        this.#quotaRound ??= this.#checkQuota(engine, config).finally(() => (this.#quotaRound = undefined));
      }, QUOTA_EVERY_MS);
      this.#quotaTimer.unref();
      if (config.ingest !== false) await ingester.start();
      this.#open = { engine, ingester };
    } catch (error) {
      clearInterval(this.#quotaTimer);
      await engine.close();
      throw error instanceof NgflowError ? error : unusable(config.directory, error as Error);
    }
  }

  async #checkQuota(engine: ChdbEngine, config: QuotaLimits & { directory: string }): Promise<void> {
    try {
      const { days, rows } = await enforceQuota(engine.writer, config.directory, config);
      this.#rowsDropped += rows;
      if (days > 0)
        this.#deps.log?.warn({ days, rows }, "store: the oldest days were dropped to stay within its limits");
    } catch (error) {
      this.#deps.log?.warn({ error }, "store: its limits could not be checked");
    }
  }

  /** Makes the table, or gives an older one the columns it lacks and the retention that is wanted. */
  async #migrate(engine: ChdbEngine, retentionDays: number): Promise<void> {
    const { writer } = engine;
    await writer.queryAsync(createTable(RAW, retentionDays));
    const about = `database = currentDatabase() AND table = '${RAW.table}'`;
    const present = (await writer.queryAsync(`SELECT name FROM system.columns WHERE ${about}`, { format: "TSV" }))
      .text()
      .split("\n");
    for (const [name, definition] of columnDefinitions(RAW)) {
      if (!present.includes(name)) await writer.queryAsync(addColumn(RAW, definition));
    }
    const query = `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = '${RAW.table}'`;
    const engineFull = (await writer.queryAsync(query, { format: "TSVRaw" })).text();
    const wanted = ttl(retentionDays);
    if (wanted === "" ? engineFull.includes(" TTL ") : !engineFull.includes(wanted))
      await writer.queryAsync(alterRetention(RAW, retentionDays));
  }

  async #read(sql: string): Promise<Cell[][]> {
    const { engine } = this.#opened();
    try {
      const answer = await engine.reader.queryAsync(sql, { format: "JSONCompactEachRow" });
      return answer
        .text()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Cell[]);
    } catch (error) {
      throw queryError(error as ChdbError, { ...CHDB_DEFAULTS, ...this.#config });
    }
  }

  #opened(): OpenStore {
    if (!this.#open) throw new NgflowError("store-closed", "store: not started");
    return this.#open;
  }
}

/** Numbers of ClickHouse's errors that a person can do something about. */
const TIMEOUT_EXCEEDED = 159;
const MEMORY_LIMIT_EXCEEDED = 241;
const QUERY_WAS_CANCELLED = 394;

function queryError(error: ChdbError, limits: { queryTimeoutMs: number }): Error {
  if (error.clickhouseCode === TIMEOUT_EXCEEDED) {
    return new NgflowError(
      "query-timeout",
      `query: took longer than ${limits.queryTimeoutMs / 1000} s; shorten the range or narrow the filter`,
      "failed",
      { cause: error },
    );
  }
  if (error.clickhouseCode === MEMORY_LIMIT_EXCEEDED) {
    return new NgflowError(
      "query-memory",
      "query: needs more memory than it may use; shorten the range or group by fewer dimensions",
      "failed",
      { cause: error },
    );
  }
  if (error.clickhouseCode === QUERY_WAS_CANCELLED) {
    return new NgflowError("query-cancelled", "query: cancelled, the store is closing", "failed", { cause: error });
  }
  return error;
}

function elapsed(sinceMs: number): number {
  return Math.round((performance.now() - sinceMs) * 100) / 100;
}
