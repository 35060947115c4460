import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@ngflow/base";
import {
  type AggregatePlan,
  type AnswerInPieces,
  comparesFlows,
  type FlowsCost,
  type FlowsResult,
  type FlowsSpec,
  isoTime,
  type NameSources,
  type PieceReader,
  planFlows,
  planQuery,
  recordedFrom,
  type QueryCost,
  type QueryResult,
  type QuerySpec,
  type ReadCost,
  type ReadProgress,
  type ReadOptions,
  type SqlResult,
  type SqlSpec,
  tierNames,
  type Tiers,
  whyFlows,
} from "@ngflow/flows";
import { StoreError } from "../errors.ts";
import { daysIn } from "../ledger/retention.ts";
import type { OtherCollector } from "./collectors.ts";
import type { ClickHouseStoreConfig } from "./config.ts";
import { estimate } from "./cost.ts";
import { clickhouseDialect } from "./dialect.ts";
import type { OpenStore } from "./open-store.ts";
import { queryError } from "./query-error.ts";
import { kindOf, ReadRates } from "./read-rates.ts";
import { type Rolled, STATE_IS_OLD } from "./rolled.ts";
import { aggregateColumns, aggregatePieces, flowPieces } from "./rows.ts";
import { hasLostFlows, sharedCovers } from "./shared-covers.ts";
import { withoutComparison } from "./seen-once.ts";
import { answerSql, type SqlFacts, statementOf } from "./sql/answer-sql.ts";
import { sqlProblem } from "./sql/read-only.ts";
import { readFunctions } from "./sql/sql-functions.ts";
import { tablesOfAll } from "./sql/tables-of-all.ts";
import { SQL_LIMITS, type SqlClient, type SqlError } from "./sql-client.ts";
import { leavingOut, unreadablePart } from "./unreadable.ts";
import { cityHash, isNotSure, type KeyHash } from "./wide-groups.ts";

interface QueriesDeps {
  readonly config: Pick<ClickHouseStoreConfig, "keyHash" | "queryTimeoutMs">;
  readonly tiers: Tiers;
  readonly log: Log;
  readonly names: () => NameSources;
  /** The parts of the store. @throws StoreError `store-closed`. */
  readonly opened: () => OpenStore;
}

/** How often a query starts again because the roll-ups changed, before the flows answer alone. */
const STATE_TRIES = 5;

/** How often it starts again because the flows under way are others meanwhile, before it is answered without them. */
const LIVE_TRIES = 2;

/** How long it waits before it starts again, for other collectors to write what they have. */
const OTHERS_MS = 200;

interface SharedRolled extends Rolled {
  readonly others: readonly OtherCollector[];
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Answers what a store is asked. */
export class Queries implements PieceReader {
  readonly #deps: QueriesDeps;
  readonly #rates = new ReadRates();
  #functions: ReturnType<typeof readFunctions> | undefined;

  constructor(deps: QueriesDeps) {
    this.#deps = deps;
  }

  /** The store was closed: another one may be asked next. */
  reset(): void {
    this.#functions = undefined;
  }

  async queryInPieces(spec: QuerySpec, options: ReadOptions = {}): Promise<AnswerInPieces<QueryResult>> {
    const startedMs = performance.now();
    const { plan, answer, missing, liveAtMs } = await this.#aggregate(spec, options);
    const frame = {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      step: plan.stepMs === null ? null : plan.stepMs / 1000,
      columns: aggregateColumns(plan, spec.metric),
      rows: [],
      tier: tierNames(plan),
      ...previousOf(plan),
      ...recordedOf(plan),
      ...missing,
      ...(liveAtMs === undefined ? {} : { liveAt: isoTime(liveAtMs) }),
      elapsedMs: elapsed(startedMs),
    };
    // Nothing is no zero where nothing is recorded.
    const isRecorded = plan.recordedFromMs < plan.toMs;
    return { frame, pieces: isRecorded ? aggregatePieces(plan, spec.metric, answer) : [], bytes: answer.length };
  }

  /** What an aggregate would read, by what the roll-ups have now. @throws FlowsError, FilterError. */
  async cost(spec: QuerySpec, { signal }: ReadOptions = {}): Promise<QueryCost> {
    const { config, tiers, names, opened } = this.#deps;
    const rolled = await this.#rolled();
    const plan = planQuery(spec, tiers, rolled.covers, names());
    // To explain what compares flows would compare them.
    const { plan: explained, times } = withoutComparison(plan);
    const sql = clickhouseDialect.aggregate(explained, rolled, [], config.keyHash ?? cityHash);
    const collectors = rolled.others.map(({ collector }) => collector);
    const found = await this.#estimate({ client: opened().client, tiers, collectors, times, signal }, sql);
    return {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      tier: tierNames(plan),
      ...found,
      aboutMs: this.#rates.aboutMs(kindOf(plan), found.rows),
      why: whyFlows(plan),
    };
  }

  /** What a request for records would read. @throws FlowsError, FilterError. */
  async flowsCost(spec: FlowsSpec, { signal }: ReadOptions = {}): Promise<FlowsCost> {
    const { tiers, names, opened } = this.#deps;
    const plan = planFlows(spec, tiers, names());
    const collectors = (await this.#others()).map(({ collector }) => collector);
    const { plan: explained, times } = withoutComparison(plan);
    const sql = clickhouseDialect.flows(explained, [], collectors);
    const found = await this.#estimate({ client: opened().client, tiers, collectors, times, signal }, sql);
    return {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      ...found,
      aboutMs: this.#rates.aboutMs(times > 1 ? "compared" : "flows", found.rows),
      endsEarly: plan.sort === null && times === 1,
    };
  }

  async #estimate(...estimated: Parameters<typeof estimate>): ReturnType<typeof estimate> {
    try {
      return await estimate(...estimated);
    } catch (error) {
      throw this.#queryError(error);
    }
  }

  /** What a statement of a user would read. @throws StoreError `bad-sql`. */
  async sqlCost(spec: SqlSpec, { signal }: ReadOptions = {}): Promise<ReadCost> {
    const { client } = this.#deps.opened();
    try {
      const { facts, names } = await this.#sqlFacts(client);
      const statement = await statementOf(client, facts, spec, signal);
      const found = await estimate({ client, tiers: this.#deps.tiers, collectors: names, signal }, statement);
      return { ...found, aboutMs: this.#rates.aboutMs("sql", found.rows) };
    } catch (error) {
      throw this.#queryError(sqlProblem(error));
    }
  }

  async flowsInPieces(spec: FlowsSpec, options: ReadOptions = {}): Promise<AnswerInPieces<FlowsResult>> {
    const startedMs = performance.now();
    const plan = planFlows(spec, this.#deps.tiers, this.#deps.names());
    const others = await this.#others();
    const collectors = others.map(({ collector }) => collector);
    const sql = (without: readonly string[]): string => clickhouseDialect.flows(plan, without, collectors);
    const kind = comparesFlows(plan.duplicates) ? "compared" : "flows";
    const { answer, missing } = await this.#read(sql, plan, this.#watched(kind, options), others);
    const { covers } = await this.#rolled();
    const [flows] = this.#deps.tiers;
    const needs = { values: [], where: plan.where, fromMs: plan.fromMs, toMs: plan.toMs, stepMs: null };
    const recordedFromMs = recordedFrom([flows], this.#deps.tiers, needs, covers);
    const frame = {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      columns: [...plan.columns, ...plan.names.map(({ name }) => name)],
      rows: [],
      ...recordedOf({ recordedFromMs: recordedFromMs > plan.fromMs ? recordedFromMs : 0 }),
      ...missing,
      elapsedMs: elapsed(startedMs),
    };
    return { frame, pieces: flowPieces(plan, answer), bytes: answer.length };
  }

  async sqlInPieces(spec: SqlSpec, options: ReadOptions = {}): Promise<AnswerInPieces<SqlResult>> {
    const { client } = this.#deps.opened();
    try {
      const { facts } = await this.#sqlFacts(client);
      return await answerSql(client, facts, spec, this.#watched("sql", options));
    } catch (error) {
      throw this.#queryError(error);
    }
  }

  /** What SQL of a user may use, and the other collectors whose tables it reads. */
  async #sqlFacts(client: SqlClient): Promise<{ readonly facts: SqlFacts; readonly names: readonly string[] }> {
    this.#functions ??= readFunctions(client);
    const owners = (await this.#deps.opened().collectors?.owners()) ?? [];
    const tables = tablesOfAll(client, this.#deps.tiers, owners);
    const names = owners.map(({ name }) => name);
    return { facts: { functions: await this.#functions, tables }, names: names.filter((name) => name !== "") };
  }

  /** Options of a question whose progress says how quick its kind is. */
  #watched(kind: Parameters<ReadRates["measured"]>[0], options: ReadOptions): ReadOptions {
    const progress = (read: ReadProgress): void => {
      this.#rates.measured(kind, read);
      options.progress?.(read);
    };
    return { ...options, progress };
  }

  /**
   * The answer to an aggregate, by what the roll-ups have when it starts. If their parts were merged with later ones
   * meanwhile, or cannot be read, it starts again; in the end the flows answer alone.
   */
  async #aggregate(
    spec: QuerySpec,
    options: ReadOptions,
  ): Promise<{
    plan: AggregatePlan;
    answer: Uint8Array;
    missing: { missing?: readonly string[] };
    liveAtMs?: number | undefined;
  }> {
    // Days of which the flows are not there any more, and the sums cannot be read.
    const lost: string[] = [];
    let hash: KeyHash | null = this.#deps.config.keyHash ?? cityHash;
    for (let tries = 0; ; tries++) {
      const { rollUps, live: table } = this.#deps.opened();
      const isLast = tries >= STATE_TRIES;
      const all = await this.#rolled();
      const plan = planQuery(spec, isLast ? [this.#deps.tiers[0]] : this.#deps.tiers, all.covers, this.#deps.names());
      if (isLast) refuseLost(this.#deps.tiers, plan, all.others);
      // Of flows under way nobody knows yet who else sees them.
      const isLive = options.live === true && !comparesFlows(plan.duplicates);
      const live = isLive && tries < LIVE_TRIES ? table.of(plan) : undefined;
      const rolled = { ...all, live };
      const liveAtMs = live?.atMs;
      const sql = (without: readonly string[]): string => clickhouseDialect.aggregate(plan, rolled, without, hash);
      const watched = this.#watched(kindOf(plan), options);
      const segments = [...plan.segments, ...(plan.previous?.plan.segments ?? [])];
      const isRolled = segments.some(({ tier }) => tier !== this.#deps.tiers[0]);
      try {
        if (isRolled) {
          const answer = await this.#deps.opened().client.read(sql([]), watched);
          if (live === undefined || table.has(live))
            return { plan, answer, missing: this.#missing(plan, all.others), liveAtMs };
          continue;
        }
        const { answer, missing } = await this.#read(sql, plan, watched, all.others);
        if (live !== undefined && !table.has(live)) continue;
        const days = [...new Set([...(missing.missing ?? []), ...lost])].sort();
        return { plan, answer, missing: days.length === 0 ? {} : { missing: days }, liveAtMs };
      } catch (error) {
        if (hash !== null && isNotSure(error as SqlError)) {
          hash = null;
          continue;
        }
        if (!isRolled) throw error;
        const part = unreadablePart(error as SqlError);
        if ((error as SqlError).clickhouseCode === STATE_IS_OLD) {
          await rollUps.settled();
          if (all.others.length > 0) await sleep(OTHERS_MS);
        } else if (part === undefined || all.others.length > 0) throw this.#queryError(error);
        else {
          this.#deps.log.warn(part, "store: a part cannot be read; the query is answered from the flows alone");
          if (!rollUps.remake(part.day)) lost.push(part.day);
          tries = STATE_TRIES;
        }
      }
    }
  }

  /** What the other collectors of the database have. */
  async #others(): Promise<readonly OtherCollector[]> {
    try {
      return (await this.#deps.opened().collectors?.others()) ?? [];
    } catch (error) {
      throw this.#queryError(error);
    }
  }

  /** What the roll-ups of all collectors have. */
  async #rolled(): Promise<SharedRolled> {
    const others = await this.#others();
    const { rolled } = this.#deps.opened().rollUps;
    return { ...rolled, others, covers: sharedCovers(this.#deps.tiers, [rolled, ...others]) };
  }

  #missing(range: Range, others: readonly OtherCollector[]): { missing?: readonly string[] } {
    const { upkeep, rollUps } = this.#deps.opened();
    const lists = [upkeep.missingDays(), rollUps.lostDays(), ...others.map(({ missing }) => missing)];
    const days = [...new Set(lists.flatMap((list) => [...daysIn(list, range)]))];
    return days.length === 0 ? {} : { missing: days.sort() };
  }

  #queryError(error: unknown): Error {
    return queryError(error as SqlError, this.#deps.config.queryTimeoutMs ?? SQL_LIMITS.queryTimeoutMs);
  }

  /** The answer to a query; it leaves out parts that it cannot read, and names the days of which rows are missing. */
  async #read(
    sql: (without: readonly string[]) => string,
    range: Range,
    options: ReadOptions,
    others: readonly OtherCollector[],
  ): Promise<{ answer: Uint8Array; missing: { missing?: readonly string[] } }> {
    try {
      const { client, upkeep } = this.#deps.opened();
      // The name of a part does not say whose it is.
      if (others.length > 0)
        return { answer: await client.read(sql([]), options), missing: this.#missing(range, others) };
      const { answer, lacks } = await leavingOut(
        (without) => client.read(sql(without), options),
        ({ name, reason }) => upkeep.foundDamaged(name, reason),
      );
      const days = new Set([...daysIn(upkeep.missingDays(), range), ...lacks.map(({ day }) => day)]);
      return { answer, missing: days.size === 0 ? {} : { missing: [...days].sort() } };
    } catch (error) {
      throw this.#queryError(error);
    }
  }
}

/** @throws StoreError `store-collector` if flows alone cannot answer, because another collector has dropped some. */
function refuseLost(tiers: Tiers, { fromMs }: Range, others: readonly OtherCollector[]): void {
  const lost = others.find(({ covers }) => hasLostFlows(tiers, covers) && fromMs < covers(tiers[0]).oldestMs);
  if (lost === undefined) return;
  throw new StoreError(
    "store-collector",
    `store: the sums of the collector "${lost.collector}" are in the middle of a step; ask again when it runs`,
  );
}

/** The previous range of an answer, if one is asked for. */
function previousOf({ previous }: AggregatePlan): Pick<QueryResult, "previous"> {
  if (previous === undefined) return {};
  const { plan } = previous;
  return { previous: { from: isoTime(plan.fromMs), to: isoTime(plan.toMs), ...recordedOf(plan) } };
}

/** From when on what was asked is recorded, if that is not from the start. */
function recordedOf({ recordedFromMs }: Pick<AggregatePlan, "recordedFromMs">): Pick<QueryResult, "recordedFrom"> {
  return recordedFromMs === 0 ? {} : { recordedFrom: isoTime(recordedFromMs) };
}

function elapsed(sinceMs: number): number {
  return Math.round((performance.now() - sinceMs) * 100) / 100;
}
