import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Log, silentLog } from "@ngflow/base";
import {
  type AnswerInPieces,
  type FlowsResult,
  type FlowsSpec,
  type ForgottenCollector,
  isoTime,
  NO_NAMES,
  type FlowsCost,
  type QueryCost,
  type ReadCost,
  type QueryResult,
  type QuerySpec,
  type ReadOptions,
  type SqlResult,
  type SqlSpec,
  type StoreStatus,
  type Tier,
  TIERS,
  type Tiers,
} from "@ngflow/flows";
import { StoreError } from "../errors.ts";
import type { KeepLimits } from "../ledger/ledger-file.ts";
import { makeSnapshot } from "../backup/snapshot.ts";
import type { Progress } from "../progress.ts";
import type { SharedKind, Store, StoreDeps, StoreLock, StoreRepair, StoreStats } from "../store.ts";
import type { StoreFindings } from "../store-findings.ts";
import { tiersOf } from "./collector-tables.ts";
import { compactDays } from "./compact.ts";
import { type AnswerTable, toFile } from "./answer-file.ts";
import type { ClickHouseStoreConfig } from "./config.ts";
import type { LiveFlows } from "./live-table.ts";
import { keepLimits, type OpenStore, openStore } from "./open-store.ts";
import { Queries } from "./queries.ts";
import { LastSize, type StoreSize } from "./last-size.ts";
import { storeSize } from "./quota.ts";
import type { FileFormat, SqlBackend } from "./sql-client.ts";
import { serverStatus, tablesStatus } from "./status.ts";

/** A store in ClickHouse. Nothing is opened before `start`. */
export function createClickHouseStore(config: ClickHouseStoreConfig, backend: SqlBackend, deps: StoreDeps = {}): Store {
  return new ClickHouseStore(config, backend, deps);
}

class ClickHouseStore implements Store {
  readonly #config: ClickHouseStoreConfig;
  readonly #backend: SqlBackend;
  readonly #tiers: Tiers;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #steadyMs: () => number;
  readonly #lock: StoreLock | undefined;
  readonly #queries: Queries;
  #open: OpenStore | undefined;
  #starting: Promise<void> | undefined;
  #size: Promise<StoreSize> | undefined;
  readonly #sizes: LastSize;

  constructor(config: ClickHouseStoreConfig, backend: SqlBackend, deps: StoreDeps) {
    this.#config = config;
    this.#backend = backend;
    this.#tiers = tiersOf<Tier>(config.tiers ?? TIERS, backend.collector ?? "");
    this.#log = deps.log ?? silentLog;
    this.#nowMs = deps.nowMs ?? Date.now;
    this.#steadyMs = deps.steadyMs ?? (() => performance.now());
    this.#lock = deps.lock;
    this.#sizes = new LastSize(this.#steadyMs);
    const { names = () => NO_NAMES } = deps;
    const opened = (): OpenStore => this.#opened();
    this.#queries = new Queries({ config, tiers: this.#tiers, log: this.#log, names, opened });
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
    this.#queries.reset();
    if (!open) return;
    await open.upkeep.stop();
    await open.rollUps.stop();
    await open.ingester.stop();
    await open.collectors?.stop();
    await open.close();
  }

  limit(limits: Partial<KeepLimits>): Promise<void> {
    return this.#opened().upkeep.limit(keepLimits(limits));
  }

  poke(): void {
    this.#open?.ingester.poke();
  }

  async drain(): Promise<void> {
    const { ingester, upkeep, collectors } = this.#opened();
    await ingester.drain();
    await upkeep.compare();
    await collectors?.publish();
  }

  async query(spec: QuerySpec, options?: ReadOptions): Promise<QueryResult> {
    return whole(await this.queryInPieces(spec, options));
  }

  async flows(spec: FlowsSpec, options?: ReadOptions): Promise<FlowsResult> {
    return whole(await this.flowsInPieces(spec, options));
  }

  queryInPieces(spec: QuerySpec, options?: ReadOptions): Promise<AnswerInPieces<QueryResult>> {
    return this.#queries.queryInPieces(spec, options);
  }

  flowsInPieces(spec: FlowsSpec, options?: ReadOptions): Promise<AnswerInPieces<FlowsResult>> {
    return this.#queries.flowsInPieces(spec, options);
  }

  async holdLive(flows: LiveFlows | null): Promise<void> {
    await this.#opened().live.hold(flows);
  }

  cost(spec: QuerySpec, options?: ReadOptions): Promise<QueryCost> {
    return this.#queries.cost(spec, options);
  }

  flowsCost(spec: FlowsSpec, options?: ReadOptions): Promise<FlowsCost> {
    return this.#queries.flowsCost(spec, options);
  }

  sqlCost(spec: SqlSpec, options?: ReadOptions): Promise<ReadCost> {
    return this.#queries.sqlCost(spec, options);
  }

  sqlInPieces(spec: SqlSpec, options?: ReadOptions): Promise<AnswerInPieces<SqlResult>> {
    return this.#queries.sqlInPieces(spec, options);
  }

  async file(format: FileFormat, answer: AnswerTable): Promise<Uint8Array> {
    return toFile(this.#opened().client, format, answer);
  }

  exchange(kind: SharedKind, own: string | undefined): Promise<ReadonlyMap<string, string> | undefined> {
    return this.#opened().collectors?.exchange(kind, own) ?? Promise.resolve(undefined);
  }

  async stats(): Promise<StoreStats> {
    const { client, ingester, ledger, upkeep, rollUps } = this.#opened();
    // Many may ask at once, for the pipeline and for metrics: the database is asked once.
    this.#size ??= this.#sizes
      .read(client, () => storeSize(client, this.#tiers))
      .finally(() => (this.#size = undefined));
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
    const { client, ingester, ledger, upkeep, collectors } = this.#opened();
    const { server } = this.#backend;
    const tables = await tablesStatus(client, this.#tiers, (tier) => upkeep.keepDays(tier), upkeep.limits);
    const sums = ledger.sums(ingester.waiting());
    const { rowsMissing } = upkeep.stats();
    return {
      server:
        server === undefined || client.facts === undefined ? null : await serverStatus(client, server, client.facts),
      collectors: (await collectors?.status()) ?? [],
      ...tables,
      rowsWaiting: sums.waiting,
      waitingSeconds: ingester.stats().backlogBlocks === 0 ? null : Math.round(ingester.stats().backlogMs / 1000),
      spoolMaxAgeSeconds: upkeep.limits.spoolMaxAgeMs / 1000,
      rowsDroppedWaiting: ledger.droppedWaiting,
      rowsMissing,
      rowsSetAside: Math.max(0, sums.damaged - rowsMissing),
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

  forget(collector: string): Promise<ForgottenCollector> {
    const { collectors } = this.#opened();
    if (collectors !== undefined) return collectors.forget(collector);
    throw new StoreError("collector-absent", "store: the embedded database has no other collectors");
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
    this.#open = await openStore(this.#config, {
      backend: this.#backend,
      tiers: this.#tiers,
      log: this.#log,
      nowMs: this.#nowMs,
      steadyMs: this.#steadyMs,
      lock: this.#lock,
    });
  }

  #opened(): OpenStore {
    if (!this.#open) throw new StoreError("store-closed", "store: not started");
    return this.#open;
  }
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
