import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { type Failure, RelayedError } from "@ngflow/base";
import { hasLibc, type PacketRingOptions } from "@ngflow/os";
import { ExportError } from "./errors.ts";
import type { LiveSettings } from "./meter-interface.ts";
import type { MeterStats } from "./meter-stats.ts";

/** What a thread meters and where it sends flows. */
export interface ThreadSettings {
  readonly to: string;
  readonly settings: Omit<LiveSettings, "stopped" | "opened">;
}

/** Counts of one thread, and of its socket. */
interface ThreadStats extends MeterStats {
  readonly sendErrors: number;
}

/** Messages from a thread. */
export type ThreadMessage =
  /** Its ring is open and a member of this fanout group. */
  | { readonly kind: "opened"; readonly group: number }
  | { readonly kind: "ended"; readonly stats: ThreadStats }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Counts of all threads, and under `workers` of each, in the order of their source ids. */
export interface ThreadsStats extends ThreadStats {
  readonly workers: readonly ThreadStats[];
}

/**
 * Meters an interface with several threads. The kernel distributes the frames by flow, both directions of a connection
 * to the same thread, so only the interface is shared. Each thread has its own ring, flow cache with its part of
 * `maxFlows`, socket and source id, which is 0 for the first.
 *
 * @throws NgflowError like `meterInterface` and `openUdp`; every thread has ended by then.
 */
export async function meterThreads(settings: LiveSettings, to: string, count: number): Promise<ThreadsStats> {
  // When a thread ends, libraries that only it has loaded are unloaded, while its event loop still has to call koffi's.
  hasLibc();
  const { stopped, durationSeconds, ...shared } = settings;
  const maxFlows = Math.ceil(settings.maxFlows / count);
  const threads: MeterThread[] = [];
  let group: number | "new" = "new";
  let limit: NodeJS.Timeout | undefined;
  try {
    for (let domain = 0; domain < count; domain++) {
      const ring: PacketRingOptions = { ...settings.ring, fanoutGroup: group };
      const thread = new MeterThread({ to, settings: { ...shared, durationSeconds: 0, maxFlows, domain, ring } });
      threads.push(thread);
      group = await thread.opened;
    }
    const over = new Promise<void>((resolve) => {
      if (durationSeconds > 0) limit = setTimeout(resolve, durationSeconds * 1000);
    });
    // If the interface is removed, all threads end. A thread that fails ends the others.
    await Promise.race([stopped, over, ...threads.map(({ ended }) => ended)]);
    for (const thread of threads) thread.stop();
    const workers = await Promise.all(threads.map(({ ended }) => ended));
    return { ...workers.reduce(sum), workers };
  } finally {
    clearTimeout(limit);
    for (const thread of threads) thread.stop();
    await Promise.all(threads.map(({ exited }) => exited));
  }
}

class MeterThread {
  readonly opened: Promise<number>;
  readonly ended: Promise<ThreadStats>;
  readonly exited: Promise<unknown>;
  readonly #worker: Worker;

  constructor(data: ThreadSettings) {
    const file = new URL(`./meter-thread${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(file, { workerData: data, name: `meter ${data.settings.domain}` });
    this.#worker = worker;
    this.exited = new Promise((resolve) => worker.once("exit", resolve));
    const failed = new Promise<never>((_, reject) => {
      worker.on("error", reject);
      worker.on("exit", (code) =>
        reject(new ExportError("export-thread", `a thread ended unexpectedly (code ${code})`)),
      );
      worker.on("message", (message: ThreadMessage) => {
        if (message.kind !== "failed") return;
        reject(new RelayedError(message.failure));
      });
    });
    this.opened = Promise.race([
      failed,
      new Promise<number>((resolve) => {
        worker.on("message", (message: ThreadMessage) => message.kind === "opened" && resolve(message.group));
      }),
    ]);
    this.ended = Promise.race([
      failed,
      new Promise<ThreadStats>((resolve) => {
        worker.on("message", (message: ThreadMessage) => message.kind === "ended" && resolve(message.stats));
      }),
    ]);
    // A failure reaches whoever awaits the promise; without that it must not end the process.
    for (const promise of [failed, this.opened, this.ended]) promise.catch(() => undefined);
  }

  /** Exports cached flows and ends. */
  stop(): void {
    this.#worker.postMessage("stop");
  }
}

function sum(a: ThreadStats, b: ThreadStats): ThreadStats {
  const skipped: Record<string, number> = { ...a.skipped };
  for (const [reason, count] of Object.entries(b.skipped)) skipped[reason] = (skipped[reason] ?? 0) + count;
  return {
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    skipped,
    records: a.records + b.records,
    datagrams: a.datagrams + b.datagrams,
    sendErrors: a.sendErrors + b.sendErrors,
  };
}
