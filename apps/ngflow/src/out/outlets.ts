import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FlowReader } from "@ngflow/flows";
import type { OwnMetric } from "@ngflow/server";
import type { Logger } from "../daemon/log.ts";
import { lineSink } from "./line-sink.ts";
import type { OutTarget } from "./out-url.ts";
import { type Cursor, Outlet } from "./outlet.ts";
import type { LineSink } from "./sink.ts";

/** How often new flows are looked for. */
const EVERY_MS = 1000;
/** What arrives is in the store after so long at the latest. */
const STORED_AFTER_MS = 5000;

interface OutletsDeps {
  readonly reader: FlowReader;
  /** When the oldest block was made that is not stored; null if none waits. */
  readonly waitingSinceMs: () => Promise<number | null>;
  readonly log: Logger;
}

/** A cursor in a file of a data directory, by what is sent where. */
function fileCursor(dataDirectory: string, { kind, address, filter }: OutTarget): Cursor {
  const digest = createHash("sha256")
    .update(JSON.stringify([kind, address, filter]))
    .digest("hex");
  const directory = join(dataDirectory, "out");
  const path = join(directory, `${digest.slice(0, 16)}.json`);
  return {
    load() {
      try {
        const { sentMs } = JSON.parse(readFileSync(path, "utf8")) as { readonly sentMs: unknown };
        return typeof sentMs === "number" ? sentMs : null;
      } catch {
        return null;
      }
    },
    keep(sentMs) {
      mkdirSync(directory, { recursive: true, mode: 0o750 });
      writeFileSync(`${path}.new`, JSON.stringify({ sentMs }), { mode: 0o640 });
      renameSync(`${path}.new`, path);
    },
  };
}

/** Sends stored flows to every destination, each by itself. */
export class Outlets {
  readonly #outlets: readonly { readonly outlet: Outlet; readonly sink: LineSink }[];
  readonly #ending = new AbortController();
  readonly #busy = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(targets: readonly OutTarget[], dataDirectory: string, { reader, waitingSinceMs, log }: OutletsDeps) {
    const storedMs = async (): Promise<number> =>
      Math.min(Date.now() - STORED_AFTER_MS, (await waitingSinceMs()) ?? Number.POSITIVE_INFINITY);
    this.#outlets = targets.map((target) => {
      const sink = lineSink(target);
      const warn = (reason: string): void => log.warn({ to: target.name, reason }, "flows cannot be sent");
      const cursor = fileCursor(dataDirectory, target);
      return { sink, outlet: new Outlet(target, { reader, sink, cursor, storedMs, nowMs: Date.now, warn }) };
    });
  }

  start(): void {
    const working = new Set<Outlet>();
    this.#timer ??= setInterval(() => {
      for (const { outlet } of this.#outlets) {
        if (working.has(outlet)) continue;
        working.add(outlet);
        const work = outlet.work(this.#ending.signal).finally(() => {
          working.delete(outlet);
          this.#busy.delete(work);
        });
        this.#busy.add(work);
      }
    }, EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    await Promise.allSettled(this.#busy);
    for (const { sink } of this.#outlets) await sink.close();
  }

  /** Counters of each destination for `/metrics`. */
  metrics(): OwnMetric[] {
    const rows: readonly (readonly [string, OwnMetric["type"], string, (outlet: Outlet) => number])[] = [
      ["ngflow_out_flows_total", "counter", "Flows that a destination took.", ({ counters }) => counters.flows],
      [
        "ngflow_out_requests_total",
        "counter",
        "Requests that a destination took.",
        ({ counters }) => counters.requests,
      ],
      ["ngflow_out_failures_total", "counter", "Requests that failed.", ({ counters }) => counters.failures],
      [
        "ngflow_out_refused_flows_total",
        "counter",
        "Flows that a destination left out of requests that it took.",
        ({ counters }) => counters.refused,
      ],
      [
        "ngflow_out_cut_milliseconds_total",
        "counter",
        "Milliseconds of which a part of the flows was not sent.",
        ({ counters }) => counters.cutMilliseconds,
      ],
      ["ngflow_out_lag_seconds", "gauge", "How far a destination is behind.", ({ lagMs }) => lagMs / 1000],
    ];
    return rows.flatMap(([name, type, help, read]) =>
      this.#outlets.map(({ outlet }) => ({
        name,
        type,
        help,
        value: read(outlet),
        labels: { to: outlet.target.name },
      })),
    );
  }
}
