import { type Ask, type BinSpec, type GroupValue, readBins, STORED_AFTER_MS } from "@ngflow/alerts";
import type { OwnMetric } from "@ngflow/server";
import type { Logger } from "../daemon/log.ts";
import type { ChosenQuery } from "../options/metrics-option.ts";

/** Longest time that a scrape waits for a query. */
const ASK_MS = 5000;

interface Known {
  /** End of the last window that is settled, Unix milliseconds. */
  readonly toMs: number;
  readonly groups: readonly GroupValue[];
}

/** The answers of chosen queries for `/metrics`: of the last settled window, asked again when there is a newer one. */
export class QueryMetrics {
  readonly #queries: readonly ChosenQuery[];
  readonly #ask: Ask;
  readonly #log: Logger;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, number>();

  constructor(queries: readonly ChosenQuery[], ask: Ask, log: Logger) {
    this.#queries = queries;
    this.#ask = ask;
    this.#log = log;
  }

  /** A query that takes long is answered by the next scrape; until then there is what was known. */
  async metrics(nowMs = Date.now()): Promise<OwnMetric[]> {
    const asking = this.#queries.map((query) => this.#refresh(query, nowMs));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ASK_MS);
    });
    await Promise.race([Promise.all(asking), limit]);
    clearTimeout(timer);
    type Read = (query: ChosenQuery) => number | undefined;
    const of = (type: OwnMetric["type"], name: string, help: string, value: Read): OwnMetric[] =>
      this.#queries.flatMap((query) => {
        const found = value(query);
        const labels = { query: query.name };
        return found === undefined ? [] : [{ name, type, help, value: found, labels }];
      });
    return [
      ...this.#queries.flatMap((query) => this.#valuesOf(query)),
      ...of(
        "gauge",
        "ngflow_query_window_end_seconds",
        "Unix time at which the window of a query ends.",
        ({ name }) => {
          const known = this.#known.get(name);
          return known && known.toMs / 1000;
        },
      ),
      ...of(
        "counter",
        "ngflow_query_failures_total",
        "Times that a query was not answered.",
        ({ name }) => this.#failures.get(name) ?? 0,
      ),
    ];
  }

  #valuesOf({ name, help, by, top }: ChosenQuery): OwnMetric[] {
    const groups = this.#known.get(name)?.groups ?? [];
    const largest = groups.toSorted((a, b) => b.value - a.value).slice(0, by.length === 0 ? 1 : top);
    return largest.map(({ values, value }) => ({
      name: `ngflow_query_${name}`,
      type: "gauge",
      help,
      value,
      labels: Object.fromEntries(
        Object.entries(values).map(([column, text]) => [column.replaceAll(/\W/g, "_"), String(text)]),
      ),
    }));
  }

  #refresh(query: ChosenQuery, nowMs: number): Promise<void> {
    const { name, window } = query;
    const newestMs = Math.floor((nowMs - STORED_AFTER_MS) / window) * window;
    if ((this.#known.get(name)?.toMs ?? 0) >= newestMs) return Promise.resolve();
    const running = this.#asking.get(name) ?? this.#read(query, newestMs, nowMs);
    this.#asking.set(name, running);
    return running;
  }

  /** Looks for the last settled window: the newest, or one of those before it. */
  async #read(query: ChosenQuery, newestMs: number, nowMs: number): Promise<void> {
    const { name, window, by, metric, filter, time } = query;
    const spec: BinSpec = { by, metric, filter, windowMs: window, time };
    try {
      let toMs = newestMs;
      for (let tries = 0; tries < 2; tries++) {
        const fromMs = Math.max(toMs - window, 0);
        const { bins, settledMs } = await readBins(this.#ask, spec, { fromMs, toMs }, nowMs);
        const bin = bins.at(-1);
        if (bin !== undefined) {
          const groups =
            bin.groups.size === 0 && by.length === 0 ? [{ values: {}, value: 0 }] : [...bin.groups.values()];
          this.#known.set(name, { toMs: bin.toMs, groups });
          return;
        }
        toMs = Math.floor(settledMs / window) * window;
        if (toMs <= (this.#known.get(name)?.toMs ?? 0)) return;
      }
    } catch (error) {
      this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
      this.#log.debug({ query: name, err: (error as Error).message }, "a query of the metrics failed");
    } finally {
      this.#asking.delete(name);
    }
  }
}
