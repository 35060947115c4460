import type { ReadyCheck } from "@ngflow/server";
import type { AgedState } from "./collector-watch.ts";
import { PROCESS_STALL_MS } from "./health.ts";
import type { Watchdog } from "./watchdog.ts";

/** From here on the spool counts as full: rows are refused at 1, and it varies around that while a store takes some. */
const SPOOL_FULL = 0.95;
/** A write that failed counts for so long: failed writes are tried again every five seconds at most. */
const WRITE_FAILED_MS = 10_000;

export interface ReadinessParts {
  readonly watchdog: Pick<Watchdog, "ages">;
  readonly collector: () => Promise<AgedState | null>;
  /** Whether it is not ready without a collector. One that has run is missed, too. */
  readonly collects: boolean;
  /** Milliseconds of a monotonic clock. */
  readonly monotonicMs?: () => number;
}

/** Whether this daemon can take flows and answer: what `/readyz` says. */
export class Readiness {
  readonly #parts: ReadinessParts;
  readonly #monotonicMs: () => number;
  #collects: boolean;
  #stopping = false;
  #writeErrors = 0;
  #writeFailedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
    this.#collects = parts.collects;
    this.#monotonicMs = parts.monotonicMs ?? (() => performance.now());
  }

  /** From now on it is not ready. */
  stop(): void {
    this.#stopping = true;
  }

  async checks(): Promise<readonly ReadyCheck[]> {
    const state = await this.#parts.collector();
    const reasons = {
      ...(this.#stopping && { daemon: "it is stopping" }),
      store: this.#store(),
      listener: this.#listener(state),
      spool: state === null ? null : this.#spool(state),
    };
    return Object.entries(reasons).map(([check, reason]) => ({ check, ok: reason === null, reason }));
  }

  #store(): string | null {
    const store = this.#parts.watchdog.ages().find(({ part }) => part === "store");
    if (store === undefined || store.ok) return null;
    return `the database has not answered for ${seconds(store.ageMs ?? 0)}`;
  }

  #listener(state: AgedState | null): string | null {
    if (state === null) return this.#collects ? "no collector runs" : null;
    this.#collects = true;
    return listenerReason(state);
  }

  #spool({ spoolFill, spool: { counters } }: AgedState): string | null {
    const nowMs = this.#monotonicMs();
    const { writeErrors = 0 } = counters;
    // Less than before: another collector.
    if (writeErrors > this.#writeErrors) this.#writeFailedMs = nowMs;
    this.#writeErrors = writeErrors;
    if (nowMs - this.#writeFailedMs < WRITE_FAILED_MS) return "it cannot be written: see the collector's log";
    return spoolReason(spoolFill);
  }
}

/** Why a collector takes no flows of exporters; null if it does. */
export function listenerReason({ ageMs, ports, parts }: Pick<AgedState, "ageMs" | "ports" | "parts">): string | null {
  if (ageMs > PROCESS_STALL_MS) return `the collector has not answered for ${seconds(ageMs)}`;
  const still = parts.find(({ ok }) => !ok);
  if (still !== undefined) return `its thread ${still.part} has stood still for ${seconds(still.ageMs ?? 0)}`;
  return ports.length === 0 ? "the collector listens on no address" : null;
}

/** Why a spool takes no flows; null if it does. @param fill how full it is; 1 is full */
export function spoolReason(fill: number): string | null {
  return fill >= SPOOL_FULL ? "it is full: flows are refused until the store has taken some" : null;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
