import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadOptions } from "@ngflow/flows";
import { parseRows } from "../clickhouse/row-slices.ts";
import {
  cancelledError,
  type DataFile,
  type SqlClient,
  type SqlError,
  type SqlLimits,
} from "../clickhouse/sql-client.ts";
import type { ServerEndpoint } from "./endpoint.ts";
import { watchProgress } from "../clickhouse/watch-progress.ts";
import type { ServerFacts } from "../clickhouse/capabilities.ts";
import { isNeverSent, sqlErrorOf } from "./sql-error.ts";
import { sqlOf } from "./upload.ts";

type Settings = Readonly<Record<string, string | number>>;

/** Rows as cells; an error comes before any row; every answer is about rows that are stored. */
const COMMON: Settings = {
  default_format: "JSONCompactEachRow",
  wait_end_of_query: 1,
  output_format_json_quote_64bit_integers: 1,
  date_time_input_format: "best_effort",
  async_insert: 0,
};
/** A block becomes one part for each day, whatever its size. */
const ONE_PART: Settings = {
  max_threads: 1,
  max_insert_threads: 1,
  min_insert_block_size_rows: 1_000_000_000,
  min_insert_block_size_bytes: 0,
};
/** The same replica is read that was written to, unless it is away or behind; a shard without any is an error. */
const CLUSTER: Settings = {
  load_balancing: "in_order",
  max_replica_delay_for_distributed_queries: 3,
  distributed_product_mode: "global",
  skip_unavailable_shards: 0,
};
/** An insert has an answer when every shard has its rows. A change waits a while for servers that are away. */
const CLUSTER_WRITE: Settings = {
  insert_distributed_sync: 1,
  parallel_distributed_insert_select: 0,
  distributed_ddl_task_timeout: 30,
  distributed_ddl_output_mode: "null_status_on_timeout",
};
/** Groups of a query go to the disk above this part of its memory. */
const SPILL_AT = 0.6;
/** Bytes of an answer; the planner keeps answers far below that. */
const MAX_RESULT_BYTES = 64 * 2 ** 20;
/** Bytes of a statement: the sets of values of a filter are part of it. */
const MAX_QUERY_BYTES = 16 * 2 ** 20;
/** What a query may take longer than its limit until it is given up. */
const GRACE_MS = 5000;
/** Statements that change tables merge whole days: they may take long. */
const CHANGE_MS = 4 * 3_600_000;
/** How long to wait for a statement to end whose caller has left. */
const SETTLE_MS = 30_000;
const SETTLE_EVERY_MS = 200;
/** A list of ids is bounded: one for each statement that failed without an answer. */
const UNSETTLED_MAX = 1000;

export interface ServerClientConfig {
  readonly endpoints: readonly ServerEndpoint[];
  readonly limits: SqlLimits;
  /** Longest time of an insert or a question of the store itself, in milliseconds. */
  readonly timeoutMs: number;
  /** Who writes: statements have ids that begin with it. */
  readonly owner: string;
  readonly facts: ServerFacts;
}

interface Request {
  readonly kind: "read" | "inspect" | "write";
  readonly sql: string | ((rows: string) => string);
  readonly settings: Settings;
  readonly file?: DataFile;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReadOptions["progress"];
}

interface Watched {
  readonly progress: NonNullable<ReadOptions["progress"]>;
  readonly signal: AbortSignal | undefined;
}

/**
 * ClickHouse behind HTTP. A request goes to the server that answered the last one, and if that cannot be reached, to
 * the next. A write without an answer may still run: before the next statement, the server is asked to end it, and
 * this waits until it has. Blocks have a token besides, by which the server knows one that it has.
 */
export class ServerClient implements SqlClient {
  readonly facts: ServerFacts;
  readonly #config: ServerClientConfig;
  readonly #closing = new AbortController();
  /** Index of the server that answered last. */
  #at = 0;
  /** Writes that ended without an answer, by id. */
  readonly #unsettled = new Map<string, ServerEndpoint>();
  #settling: Promise<void> | undefined;

  constructor(config: ServerClientConfig) {
    this.#config = config;
    this.facts = config.facts;
  }

  read: SqlClient["read"] = (sql, { signal, progress } = {}) => {
    const { queryTimeoutMs, maxQueryMemoryBytes } = this.#config.limits;
    const settings = {
      readonly: 1,
      cancel_http_readonly_queries_on_client_close: 1,
      max_execution_time: queryTimeoutMs / 1000,
      timeout_overflow_mode: "throw",
      max_memory_usage: maxQueryMemoryBytes,
      max_bytes_before_external_group_by: Math.floor(maxQueryMemoryBytes * SPILL_AT),
      max_query_size: MAX_QUERY_BYTES,
      max_result_bytes: MAX_RESULT_BYTES,
      result_overflow_mode: "throw",
    };
    return this.#send({ kind: "read", sql, settings, signal, progress, timeoutMs: queryTimeoutMs + GRACE_MS });
  };

  inspect: SqlClient["inspect"] = async (sql) => parseRows(await this.#ask(sql));

  run: SqlClient["run"] = async (sql) => {
    await this.#send({ kind: "write", sql, settings: ONE_PART, timeoutMs: CHANGE_MS });
  };

  over: SqlClient["over"] = async (file, statement, token) => {
    // The same statement again is the same rows again.
    const known = token ?? createHash("sha256").update(sqlOf(statement)).digest("hex");
    const settings = { ...ONE_PART, insert_deduplication_token: known };
    const { timeoutMs } = this.#config;
    return parseRows(await this.#send({ kind: "write", sql: statement, settings, file, timeoutMs }));
  };

  convert: SqlClient["convert"] = (file, format) => {
    const { timeoutMs } = this.#config;
    const sql = (rows: string): string => `SELECT * FROM ${rows}`;
    return this.#send({ kind: "inspect", sql, settings: { default_format: format }, file, timeoutMs });
  };

  native: SqlClient["native"] = (sql) =>
    this.#send({ kind: "inspect", sql, settings: { default_format: "Native" }, timeoutMs: CHANGE_MS });

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#config.endpoints.map((endpoint) => endpoint.close()));
  }

  /** Ends the writes of an earlier process of this owner, on every server that answers. @throws SqlError. */
  async endEarlier(): Promise<void> {
    const which = `startsWith(query_id, '${this.#idPrefix("write")}')`;
    for (const endpoint of this.#config.endpoints) {
      try {
        await this.#end(endpoint, which);
      } catch (error) {
        if ((error as SqlError).clickhouseCode !== undefined || this.#config.endpoints.length === 1) throw error;
      }
    }
  }

  #ask(sql: string): Promise<Uint8Array> {
    return this.#send({ kind: "inspect", sql, settings: {}, timeoutMs: this.#config.timeoutMs });
  }

  async #send(request: Request): Promise<Uint8Array> {
    const { kind, signal } = request;
    if (kind !== "read") await this.#settled();
    const { endpoints } = this.#config;
    let failure: SqlError | undefined;
    // A connection that was kept may have been closed by the server: what only reads is asked once more.
    const triesMax = kind === "write" ? endpoints.length : endpoints.length + 1;
    for (let tries = 0; tries < triesMax; tries++) {
      if (this.#closing.signal.aborted || signal?.aborted) throw cancelledError();
      const at = (this.#at + tries) % endpoints.length;
      const id = this.#idPrefix(kind) + randomUUID();
      try {
        const answer = await this.#sendTo(endpoints[at]!, id, request);
        this.#at = at;
        return answer;
      } catch (error) {
        const failed = error as SqlError;
        if (failed.clickhouseCode !== undefined) throw failed;
        if (kind === "write" && !isNeverSent(failed.cause)) {
          this.#leave(id, endpoints[at]!);
          throw failed;
        }
        failure = failed;
      }
    }
    throw failure!;
  }

  /** @throws SqlError; without a number if there was no answer. */
  async #sendTo(endpoint: ServerEndpoint, id: string, request: Request): Promise<Buffer> {
    const { kind, sql, settings, file, timeoutMs, signal, progress } = request;
    const stopWatching = progress && this.#watch(endpoint, id, { progress, signal });
    const callers = signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal];
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      return await endpoint.send({
        sql,
        id,
        file,
        settings: { ...COMMON, ...this.#clusterSettings(kind), ...settings },
        signal: AbortSignal.any([...callers, limit]),
      });
    } catch (cause) {
      if (callers.some(({ aborted }) => aborted)) {
        this.#kill(endpoint, id);
        throw cancelledError();
      }
      if (limit.aborted) {
        const seconds = Math.round(timeoutMs / 1000);
        throw Object.assign(new Error(`${endpoint.url} did not answer for ${seconds} s`), { cause });
      }
      const error = sqlErrorOf(cause);
      if (error.clickhouseCode === undefined) error.message = `${endpoint.url} cannot be reached (${error.message})`;
      throw error;
    } finally {
      stopWatching?.();
    }
  }

  #clusterSettings(kind: Request["kind"]): Settings {
    if (this.facts.cluster === undefined) return {};
    return kind === "write" ? { ...CLUSTER, ...CLUSTER_WRITE } : CLUSTER;
  }

  #watch(endpoint: ServerEndpoint, id: string, { progress, signal }: Watched): () => void {
    const ask = async (sql: string): ReturnType<SqlClient["inspect"]> =>
      parseRows(
        await this.#sendTo(endpoint, randomUUID(), { kind: "inspect", sql, settings: {}, timeoutMs: GRACE_MS }),
      );
    return watchProgress({ ask, where: `query_id = '${id}'`, progress, signal });
  }

  /** Asks a server to end a query; leaving is enough for most. */
  #kill(endpoint: ServerEndpoint, id: string): void {
    const sql = `KILL QUERY WHERE query_id = '${id}' ASYNC`;
    const statement = { sql, id: randomUUID(), settings: {}, signal: AbortSignal.timeout(GRACE_MS) };
    void endpoint.send(statement).catch(() => undefined);
  }

  #leave(id: string, endpoint: ServerEndpoint): void {
    if (this.#unsettled.size < UNSETTLED_MAX) this.#unsettled.set(id, endpoint);
  }

  /** Resolves when no write without an answer runs. @throws SqlError if that is not known. */
  #settled(): Promise<void> {
    if (this.#unsettled.size === 0) return Promise.resolve();
    return (this.#settling ??= this.#settle().finally(() => (this.#settling = undefined)));
  }

  async #settle(): Promise<void> {
    for (const [id, endpoint] of this.#unsettled) {
      await this.#end(endpoint, `query_id = '${id}'`);
      this.#unsettled.delete(id);
    }
  }

  async #end(endpoint: ServerEndpoint, which: string): Promise<void> {
    const { timeoutMs } = this.#config;
    const ask = (sql: string): Promise<Buffer> =>
      this.#sendTo(endpoint, randomUUID(), { kind: "inspect", sql, settings: {}, timeoutMs });
    for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += SETTLE_EVERY_MS) {
      const [row] = parseRows(await ask(`SELECT count() FROM system.processes WHERE ${which}`));
      if (Number(row?.[0]) === 0) return;
      await ask(`KILL QUERY WHERE ${which} ASYNC`);
      await sleep(SETTLE_EVERY_MS);
    }
    throw new Error(`${endpoint.url} still runs a statement that was given up`);
  }

  #idPrefix(kind: Request["kind"]): string {
    return `ngflow-${this.#config.owner}-${kind}-`;
  }
}
