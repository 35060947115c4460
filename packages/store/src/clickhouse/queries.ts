import type { Log } from "@ngflow/base";
import {
  type AggregatePlan,
  type AnswerInPieces,
  type FlowsResult,
  type FlowsSpec,
  isoTime,
  type NameSources,
  type PieceReader,
  planFlows,
  planQuery,
  type QueryCost,
  type QueryResult,
  type QuerySpec,
  type ReadProgress,
  type ReadOptions,
  type SqlResult,
  type SqlSpec,
  tierNames,
  type Tiers,
} from "@ngflow/flows";
import { daysIn } from "../ledger/retention.ts";
import type { ClickHouseStoreConfig } from "./config.ts";
import { costOf } from "./cost.ts";
import { clickhouseDialect } from "./dialect.ts";
import type { OpenStore } from "./open-store.ts";
import { queryError } from "./query-error.ts";
import { ReadRates } from "./read-rates.ts";
import { STATE_IS_OLD } from "./rolled.ts";
import { aggregateColumns, aggregatePieces, flowPieces } from "./rows.ts";
import { answerSql } from "./sql/answer-sql.ts";
import { readFunctions } from "./sql/sql-functions.ts";
import { SQL_LIMITS, type SqlError } from "./sql-client.ts";
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
      ...missing,
      ...(liveAtMs === undefined ? {} : { liveAt: isoTime(liveAtMs) }),
      elapsedMs: elapsed(startedMs),
    };
    return { frame, pieces: aggregatePieces(plan, spec.metric, answer), bytes: answer.length };
  }

  /** What an aggregate would read, by what the roll-ups have now. @throws FlowsError, FilterError. */
  async cost(spec: QuerySpec): Promise<QueryCost> {
    const { config, tiers, names, opened } = this.#deps;
    const { client, rollUps } = opened();
    const { rolled } = rollUps;
    const plan = planQuery(spec, tiers, rolled.covers, names());
    const sql = clickhouseDialect.aggregate(plan, rolled, [], config.keyHash ?? cityHash);
    return costOf(client, tiers, plan, sql, this.#rates);
  }

  async flowsInPieces(spec: FlowsSpec, options: ReadOptions = {}): Promise<AnswerInPieces<FlowsResult>> {
    const startedMs = performance.now();
    const plan = planFlows(spec, this.#deps.tiers, this.#deps.names());
    const sql = (without: readonly string[]): string => clickhouseDialect.flows(plan, without);
    const { answer, missing } = await this.#read(sql, plan, options);
    const frame = {
      from: isoTime(plan.fromMs),
      to: isoTime(plan.toMs),
      columns: [...plan.columns, ...plan.names.map(({ name }) => name)],
      rows: [],
      ...missing,
      elapsedMs: elapsed(startedMs),
    };
    return { frame, pieces: flowPieces(plan, answer), bytes: answer.length };
  }

  async sqlInPieces(spec: SqlSpec, { signal }: ReadOptions = {}): Promise<AnswerInPieces<SqlResult>> {
    const { client } = this.#deps.opened();
    this.#functions ??= readFunctions(client);
    try {
      return await answerSql(client, await this.#functions, spec, signal);
    } catch (error) {
      throw this.#queryError(error);
    }
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
      const plan = planQuery(
        spec,
        isLast ? [this.#deps.tiers[0]] : this.#deps.tiers,
        rollUps.rolled.covers,
        this.#deps.names(),
      );
      const live = options.live === true && tries < LIVE_TRIES ? table.of(plan) : undefined;
      const rolled = { ...rollUps.rolled, live };
      const liveAtMs = live?.atMs;
      const sql = (without: readonly string[]): string => clickhouseDialect.aggregate(plan, rolled, without, hash);
      const progress = (read: ReadProgress): void => {
        this.#rates.measured(plan, read);
        options.progress?.(read);
      };
      const segments = [...plan.segments, ...(plan.previous?.plan.segments ?? [])];
      const isRolled = segments.some(({ tier }) => tier !== this.#deps.tiers[0]);
      try {
        if (isRolled) {
          const answer = await this.#deps.opened().client.read(sql([]), { ...options, progress });
          if (live === undefined || table.has(live)) return { plan, answer, missing: this.#missing(plan), liveAtMs };
          continue;
        }
        const { answer, missing } = await this.#read(sql, plan, { ...options, progress });
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
        if ((error as SqlError).clickhouseCode === STATE_IS_OLD) await rollUps.settled();
        else if (part === undefined) throw this.#queryError(error);
        else {
          this.#deps.log.warn(part, "store: a part cannot be read; the query is answered from the flows alone");
          if (!rollUps.remake(part.day)) lost.push(part.day);
          tries = STATE_TRIES;
        }
      }
    }
  }

  #missing(range: { readonly fromMs: number; readonly toMs: number }): { missing?: readonly string[] } {
    const { upkeep, rollUps } = this.#deps.opened();
    const days = [...new Set([...daysIn(upkeep.missingDays(), range), ...daysIn(rollUps.lostDays(), range)])];
    return days.length === 0 ? {} : { missing: days.sort() };
  }

  #queryError(error: unknown): Error {
    return queryError(error as SqlError, this.#deps.config.queryTimeoutMs ?? SQL_LIMITS.queryTimeoutMs);
  }

  /** The answer to a query; it leaves out parts that it cannot read, and names the days of which rows are missing. */
  async #read(
    sql: (without: readonly string[]) => string,
    range: { readonly fromMs: number; readonly toMs: number },
    options: ReadOptions,
  ): Promise<{ answer: Uint8Array; missing: { missing?: readonly string[] } }> {
    try {
      const { client, upkeep } = this.#deps.opened();
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

/** The previous range of an answer, if one is asked for. */
function previousOf({ previous }: AggregatePlan): Pick<QueryResult, "previous"> {
  if (previous === undefined) return {};
  return { previous: { from: isoTime(previous.plan.fromMs), to: isoTime(previous.plan.toMs) } };
}

function elapsed(sinceMs: number): number {
  return Math.round((performance.now() - sinceMs) * 100) / 100;
}
