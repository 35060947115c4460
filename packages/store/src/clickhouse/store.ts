import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Log, NgflowError, silentLog } from "@ngflow/base";
import {
  type AggregatePlan,
  type AnswerInPieces,
  type FlowsResult,
  type FlowsSpec,
  isoTime,
  planFlows,
  planQuery,
  type QueryResult,
  type QuerySpec,
  type ReadOptions,
  RETENTION_DAYS,
  type SqlResult,
  type SqlSpec,
  type StoreStatus,
  tierNames,
  TIERS,
  type Tiers,
} from "@ngflow/flows";
import { StoreError } from "../errors.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { KeepLimits } from "../ledger/ledger-file.ts";
import { daysIn } from "../ledger/retention.ts";
import { makeSnapshot } from "../backup/snapshot.ts";
import { refuseRestoring } from "../backup/restore.ts";
import { createSerial, type Serial } from "../serial.ts";
import { listBlockFiles } from "../spool/block-file.ts";
import { createIngester, type Ingester } from "../spool/ingester.ts";
import type { Progress } from "../progress.ts";
import type { Store, StoreDeps, StoreRepair, StoreStats } from "../store.ts";
import type { StoreFindings } from "../store-findings.ts";
import { clickhouseDialect } from "./dialect.ts";
import { migrate } from "./migrate.ts";
import { toParquet } from "./parquet.ts";
import { compactDays } from "./compact.ts";
import { queryError } from "./query-error.ts";
import { partsOf, rowsByDay, rowsOfBlocks } from "./parts.ts";
import { storeSize } from "./quota.ts";
import { tablesStatus } from "./status.ts";
import { aggregateColumns, aggregatePieces, flowPieces } from "./rows.ts";
import { SQL_LIMITS, type SqlBackend, type SqlClient, type SqlError } from "./sql-client.ts";
import { RollUps } from "./roll-ups.ts";
import { STATE_IS_OLD } from "./rolled.ts";
import { answerSql } from "./sql/answer-sql.ts";
import { readFunctions } from "./sql/sql-functions.ts";
import { leavingOut, unreadablePart } from "./unreadable.ts";
import { Upkeep } from "./upkeep.ts";
import { createBlockWriter } from "./writer.ts";

export interface ClickHouseStoreConfig {
  /** Spool directory to take blocks from. */
  readonly spoolDirectory: string;
  /** Where every row is counted that was taken. */
  readonly ledgerFile: string;
  /**
   * Days a row is kept after it was received, unless its tier sets another number. 0 keeps rows forever. Default 30.
   */
  readonly retentionDays?: number;
  /** Days that rows of the roll-ups are kept, by the name of the tier; 0 is forever. Default: that of the tier. */
  readonly tierDays?: Readonly<Record<string, number>>;
  /** Most bytes of stored rows; above it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly maxBytes?: number;
  /** Least bytes free on the disk; below it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly minFreeBytes?: number;
  /**
   * False drops nothing, whatever its age; `status` shows the limits of the last process that drops. For commands that
   * only read. Default true.
   */
  readonly drop?: boolean;
  /** Longest time of one query, in milliseconds. Only for messages: the client enforces it. Default 30,000. */
  readonly queryTimeoutMs?: number;
  /** Longest time between two polls of the spool, in milliseconds. Default 150. */
  readonly pollMs?: number;
  /** False leaves blocks in the spool until `drain` is called. Default true. */
  readonly ingest?: boolean;
  /** Whether this is the end of a restore, which opens what other processes must not. Default false. */
  readonly restoring?: boolean;
  /** Tables to fill and to query. Default: every tier. */
  readonly tiers?: Tiers;
}

/** How often a query starts again because the roll-ups changed, before the flows answer alone. */
const STATE_TRIES = 5;

/** A store in ClickHouse. Nothing is opened before `start`. */
export function createClickHouseStore(config: ClickHouseStoreConfig, backend: SqlBackend, deps: StoreDeps = {}): Store {
  return new ClickHouseStore(config, backend, deps);
}

interface OpenStore {
  readonly client: SqlClient;
  readonly ingester: Ingester;
  readonly ledger: Ledger;
  readonly upkeep: Upkeep;
  readonly rollUps: RollUps;
  /** The limits that apply, or that the last process had that drops. */
  readonly limits: KeepLimits;
  readonly exclusive: Serial;
}

class ClickHouseStore implements Store {
  readonly #config: ClickHouseStoreConfig;
  readonly #backend: SqlBackend;
  readonly #tiers: Tiers;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #steadyMs: () => number;
  #open: OpenStore | undefined;
  #starting: Promise<void> | undefined;
  #functions: ReturnType<typeof readFunctions> | undefined;
  #size: ReturnType<typeof storeSize> | undefined;

  constructor(config: ClickHouseStoreConfig, backend: SqlBackend, deps: StoreDeps) {
    this.#config = config;
    this.#backend = backend;
    this.#tiers = config.tiers ?? TIERS;
    this.#log = deps.log ?? silentLog;
    this.#nowMs = deps.nowMs ?? Date.now;
    this.#steadyMs = deps.steadyMs ?? (() => performance.now());
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
    this.#functions = undefined;
    if (!open) return;
    await open.upkeep.stop();
    await open.rollUps.stop();
    await open.ingester.stop();
    await open.client.close();
  }

  poke(): void {
    this.#open?.ingester.poke();
  }

  async drain(): Promise<void> {
    const { ingester, upkeep } = this.#opened();
    await ingester.drain();
    await upkeep.compare();
  }

  async query(spec: QuerySpec, options?: ReadOptions): Promise<QueryResult> {
    return whole(await this.queryInPieces(spec, options));
  }

  async flows(spec: FlowsSpec, options?: ReadOptions): Promise<FlowsResult> {
    return whole(await this.flowsInPieces(spec, options));
  }

  async queryInPieces(spec: QuerySpec, { signal }: ReadOptions = {}): Promise<AnswerInPieces<QueryResult>> {
    const startedMs = performance.now();
    const { plan, answer, missing } = await this.#aggregate(spec, signal);
    const frame = {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      step: plan.stepMs === null ? null : plan.stepMs / 1000,
      columns: aggregateColumns(plan, spec.metric),
      rows: [],
      tier: tierNames(plan),
      ...previousOf(plan),
      ...missing,
      elapsedMs: elapsed(startedMs),
    };
    return { frame, pieces: aggregatePieces(plan, spec.metric, answer), bytes: answer.length };
  }

  async flowsInPieces(spec: FlowsSpec, { signal }: ReadOptions = {}): Promise<AnswerInPieces<FlowsResult>> {
    const startedMs = performance.now();
    const plan = planFlows(spec, this.#tiers);
    const sql = (without: readonly string[]): string => clickhouseDialect.flows(plan, without);
    const { answer, missing } = await this.#read(sql, plan, signal);
    const frame = {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      columns: plan.columns,
      rows: [],
      ...missing,
      elapsedMs: elapsed(startedMs),
    };
    return { frame, pieces: flowPieces(plan, answer), bytes: answer.length };
  }

  async sqlInPieces(spec: SqlSpec, { signal }: ReadOptions = {}): Promise<AnswerInPieces<SqlResult>> {
    const { client } = this.#opened();
    this.#functions ??= readFunctions(client);
    try {
      return await answerSql(client, await this.#functions, spec, signal);
    } catch (error) {
      throw this.#queryError(error);
    }
  }

  async parquet(columns: readonly string[], rows: readonly object[]): Promise<Uint8Array> {
    return toParquet(this.#opened().client, columns, rows);
  }

  async stats(): Promise<StoreStats> {
    const { client, ingester, ledger, upkeep, rollUps } = this.#opened();
    // Many may ask at once, for the pipeline and for metrics: the database is asked once.
    this.#size ??= storeSize(client, this.#tiers).finally(() => (this.#size = undefined));
    const size = await this.#size;
    const sums = ledger.sums(ingester.waiting());
    return {
      ...ingester.stats(),
      ...upkeep.stats(),
      ...rollUps.stats(),
      ledgerAcknowledged: sums.acknowledged,
      ledgerStored: sums.stored,
      ledgerDropped: sums.dropped,
      ledgerDamaged: sums.damaged,
      ledgerWaiting: sums.waiting,
      ...size,
    };
  }

  async status(): Promise<StoreStatus> {
    const { client, ingester, ledger, upkeep, limits } = this.#opened();
    const tables = await tablesStatus(client, this.#tiers, (tier) => upkeep.keepDays(tier), limits);
    return {
      ...tables,
      rowsWaiting: ledger.sums(ingester.waiting()).waiting,
      rowsMissing: upkeep.stats().rowsMissing,
      removed: ledger.removals.toReversed().map(({ atMs, ...day }) => ({ ...day, time: isoTime(atMs) })),
    };
  }

  async snapshot(): Promise<string> {
    const { client, ledger, exclusive } = this.#opened();
    const { spoolDirectory, ledgerFile } = this.#config;
    const dataDirectory = path.dirname(ledgerFile);
    const snapshotDirectory = path.join(dataDirectory, "snapshot");
    const places = { dataDirectory, spoolDirectory, ledgerFile, snapshotDirectory };
    await exclusive(() => makeSnapshot(client, this.#tiers, ledger, places, this.#nowMs()));
    return snapshotDirectory;
  }

  rollUp(): Promise<void> {
    return this.#opened().rollUps.all();
  }

  verify(progress?: Progress): Promise<StoreFindings> {
    return this.#opened().upkeep.verify(progress);
  }

  async compact(progress?: Progress): Promise<StoreStatus> {
    const { client, upkeep } = this.#opened();
    await compactDays(client, this.#tiers, progress);
    await upkeep.compare();
    return this.status();
  }

  async repair(progress?: Progress): Promise<StoreRepair> {
    const { upkeep, ingester } = this.#opened();
    const partsAttached = await upkeep.attachWhole();
    const blocksTakenBack = await ingester.takeBack();
    return { ...(await upkeep.verify(progress)), partsAttached, blocksTakenBack };
  }

  async #start(): Promise<void> {
    const { spoolDirectory, ledgerFile, pollMs, ingest = true } = this.#config;
    const { retentionDays = RETENTION_DAYS, maxBytes = 0, minFreeBytes = 0, drop = true } = this.#config;
    const { tierDays = {} } = this.#config;
    const [log, nowMs, tiers] = [this.#log, this.#nowMs, this.#tiers];
    if (!this.#config.restoring) refuseRestoring(path.dirname(ledgerFile));
    const client = await this.#backend.open();
    try {
      for (const tier of tiers) await migrate(client, tier);
      const ledger = await openLedger(client, tiers, spoolDirectory, ledgerFile);
      const own = { retentionDays, tierDays, maxBytes, minFreeBytes };
      if (drop) ledger.limits = own;
      const limits = { ...own, ...ledger.limits };
      const exclusive = createSerial();
      const rollUps = new RollUps(tiers, { client, ledger, log, steadyMs: this.#steadyMs, exclusive });
      await rollUps.open((await listBlockFiles(spoolDirectory)).map(({ name }) => name.id));
      const upkeep = new Upkeep(
        { ...limits, drop, tiers },
        { client, ledger, log, nowMs, steadyMs: this.#steadyMs, exclusive, rollUps },
      );
      const ingester = createIngester(
        { directory: spoolDirectory, ...(pollMs === undefined ? {} : { pollMs }) },
        createBlockWriter(client, tiers[0]),
        {
          ledger,
          log,
          nowMs,
          exclusive,
          storedMs: () => upkeep.storedMs(),
          isPlausible: (day) => upkeep.isPlausible(day),
          onStored: ({ id, rows }, range) => rollUps.stored({ id, rows, ...range }),
        },
      );
      await upkeep.start();
      if (ingest) await ingester.start();
      if (ingest) rollUps.start();
      this.#open = { client, ingester, ledger, upkeep, rollUps, limits, exclusive };
    } catch (error) {
      await client.close();
      throw error instanceof NgflowError ? error : this.#backend.unusable(error as Error);
    }
  }

  /**
   * The answer to an aggregate, by what the roll-ups have when it starts. If their parts were merged with later ones
   * meanwhile, or cannot be read, it starts again; in the end the flows answer alone.
   */
  async #aggregate(
    spec: QuerySpec,
    signal?: AbortSignal,
  ): Promise<{ plan: AggregatePlan; answer: Uint8Array; missing: { missing?: readonly string[] } }> {
    // Days of which the flows are not there any more, and the sums cannot be read.
    const lost: string[] = [];
    for (let tries = 0; ; tries++) {
      const { rollUps } = this.#opened();
      const { rolled } = rollUps;
      const isLast = tries >= STATE_TRIES;
      const plan = planQuery(spec, isLast ? [this.#tiers[0]] : this.#tiers, rolled.covers);
      const sql = (without: readonly string[]): string => clickhouseDialect.aggregate(plan, rolled, without);
      const segments = [...plan.segments, ...(plan.previous?.plan.segments ?? [])];
      const isRolled = segments.some(({ tier }) => tier !== this.#tiers[0]);
      try {
        if (isRolled)
          return { plan, answer: await this.#opened().client.read(sql([]), { signal }), missing: this.#missing(plan) };
        const { answer, missing } = await this.#read(sql, plan, signal);
        const days = [...new Set([...(missing.missing ?? []), ...lost])].sort();
        return { plan, answer, missing: days.length === 0 ? {} : { missing: days } };
      } catch (error) {
        if (!isRolled) throw error;
        const part = unreadablePart(error as SqlError);
        if ((error as SqlError).clickhouseCode === STATE_IS_OLD) await rollUps.settled();
        else if (part === undefined) throw this.#queryError(error);
        else {
          this.#log.warn(part, "store: a part cannot be read; the query is answered from the flows alone");
          if (!rollUps.remake(part.day)) lost.push(part.day);
          tries = STATE_TRIES;
        }
      }
    }
  }

  #missing(range: { readonly fromMs: number; readonly toMs: number }): { missing?: readonly string[] } {
    const days = [...daysIn(this.#opened().upkeep.missingDays(), range)];
    return days.length === 0 ? {} : { missing: days.sort() };
  }

  #queryError(error: unknown): Error {
    return queryError(error as SqlError, this.#config.queryTimeoutMs ?? SQL_LIMITS.queryTimeoutMs);
  }

  /** The answer to a query; it leaves out parts that it cannot read, and names the days of which rows are missing. */
  async #read(
    sql: (without: readonly string[]) => string,
    range: { readonly fromMs: number; readonly toMs: number },
    signal?: AbortSignal,
  ): Promise<{ answer: Uint8Array; missing: { missing?: readonly string[] } }> {
    try {
      const { client, upkeep } = this.#opened();
      const { answer, lacks } = await leavingOut(
        (without) => client.read(sql(without), { signal }),
        ({ name, reason }) => upkeep.foundDamaged(name, reason),
      );
      const days = new Set([...daysIn(upkeep.missingDays(), range), ...lacks.map(({ day }) => day)]);
      return { answer, missing: days.size === 0 ? {} : { missing: [...days].sort() } };
    } catch (error) {
      throw this.#queryError(error);
    }
  }

  #opened(): OpenStore {
    if (!this.#open) throw new StoreError("store-closed", "store: not started");
    return this.#open;
  }
}

/**
 * The ledger of a store. A new one starts with what the database has, but for rows of blocks that an earlier process
 * stored before it was killed: their files are in the spool, and they are counted from there.
 */
async function openLedger(client: SqlClient, [tier]: Tiers, spoolDirectory: string, file: string): Promise<Ledger> {
  const { ledger, known } = await Ledger.open(file);
  if (known) return ledger;
  const days = new Map(rowsByDay(await partsOf(client, tier)));
  const waiting = (await listBlockFiles(spoolDirectory)).map(({ name }) => name.id);
  for (const [day, rows] of await rowsOfBlocks(client, tier, waiting)) days.set(day, (days.get(day) ?? 0) - rows);
  ledger.adopt(days);
  await ledger.save();
  return ledger;
}

/** The previous range of an answer, if one is asked for. */
function previousOf({ previous }: AggregatePlan): Pick<QueryResult, "previous"> {
  if (previous === undefined) return {};
  return { previous: { from: isoTime(previous.plan.fromMs), to: isoTime(previous.plan.toMs) } };
}

/** An answer with all its rows. The event loop gets a turn between two pieces. */
async function whole<T extends { readonly rows: readonly object[] }>({ frame, pieces }: AnswerInPieces<T>): Promise<T> {
  const rows: object[] = [];
  for (const piece of pieces) {
    for (const row of piece) rows.push(row);
    await setImmediate();
  }
  return { ...frame, rows };
}

function elapsed(sinceMs: number): number {
  return Math.round((performance.now() - sinceMs) * 100) / 100;
}
