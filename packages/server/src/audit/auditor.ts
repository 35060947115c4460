import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@ngflow/base";
import {
  type Audit,
  auditOf,
  type AuditReading,
  type ExporterStatus,
  HOPS,
  type Pipeline,
  type QuerySpec,
} from "@ngflow/flows";
import type { Sources } from "../routes/index.ts";
import { AuditHistory, READING_MS } from "./history.ts";
import { ownAddresses } from "./own-addresses.ts";
import { readTerms } from "./read-terms.ts";

/** How long an audit looks at what flows now. */
const LOOK_MS = 1000;
/** More sessions of exporters than that are not listed for every reading: the list is long. */
const MOST_SESSIONS = 256;
/** Rows are counted to that time after now, so that those of a clock set back are found, too. */
const AHEAD_MS = 86_400_000;

export interface AuditorDeps {
  readonly sources: Pick<Sources, "/pipeline" | "/graph" | "/exporters" | "/store">;
  /** Answers a query when it is its turn; rows of the answer. */
  readonly query: (spec: QuerySpec) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Called with every pipeline that is read, and with the exporters if those are known. */
  readonly saw?: (timeMs: number, pipeline: Pipeline, exporters: readonly ExporterStatus[] | null) => void;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Compares what every hop counted: it reads all figures every ten seconds, and keeps them for a day. */
export class Auditor {
  readonly #deps: AuditorDeps;
  readonly #history = new AuditHistory();
  #timer: ReturnType<typeof setInterval> | undefined;
  #running: Promise<Audit> | undefined;
  #failing = false;

  constructor(deps: AuditorDeps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#keep(), READING_MS);
    this.#timer.unref();
    void this.#keep();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The audit of the last `lastMs` milliseconds. It takes a second; who asks meanwhile for the same waits with it. */
  audit(lastMs: number): Promise<Audit> {
    return (this.#running ??= this.#audit(lastMs).finally(() => (this.#running = undefined)));
  }

  async #audit(lastMs: number): Promise<Audit> {
    const askedFromMs = this.#deps.nowMs() - lastMs;
    const recent = await this.#read();
    const first = this.#history.at(askedFromMs) ?? recent;
    await sleep(LOOK_MS);
    const answered = this.#rowsAnswered();
    const last = await this.#read(await answered);
    return auditOf({ first, recent, last }, askedFromMs);
  }

  async #keep(): Promise<void> {
    try {
      this.#history.add(await this.#read());
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#deps.log.warn({ err: error }, "the figures for audits cannot be read");
      this.#failing = true;
    }
  }

  async #read(rowsAnswered: number | null = null): Promise<AuditReading> {
    const { sources, nowMs } = this.#deps;
    const [graph, pipeline] = await Promise.all([sources["/graph"](), sources["/pipeline"]()]);
    const sessions = pipeline.hops.find(({ hop }) => hop === HOPS.collector)?.counters["sessions"] ?? 0;
    const exporters = sessions === 0 || sessions > MOST_SESSIONS ? null : (await sources["/exporters"]()).exporters;
    this.#deps.saw?.(nowMs(), pipeline, exporters ?? (sessions === 0 ? [] : null));
    return readTerms({ timeMs: nowMs(), pipeline, graph, exporters, rowsAnswered, isOwn: ownAddresses() });
  }

  /** Rows of all times that a query counts; null where the store did not answer. */
  async #rowsAnswered(): Promise<number | null> {
    try {
      const status = await this.#deps.sources["/store"]();
      const from = status?.tiers[0]?.from ?? null;
      if (from === null) return 0;
      const spec = { by: [], metric: "flows", time: "arrival", raw: true, fromMs: Date.parse(from) } as const;
      const rows = await this.#deps.query({ ...spec, toMs: this.#deps.nowMs() + AHEAD_MS });
      return rows.reduce((sum, row) => sum + Number(row["flows"] ?? 0), 0);
    } catch {
      return null;
    }
  }
}
