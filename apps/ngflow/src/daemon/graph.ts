import { extname } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { type NgflowError, RelayedError } from "@ngflow/base";
import { hasLibc } from "@ngflow/os";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import { listenControl } from "../control/server.ts";
import { DaemonError } from "./errors.ts";
import type { GraphThreadConfig, GraphThreadData, ThreadOrder, ThreadReport } from "./graph-thread.ts";
import type { Logger } from "./log.ts";
import { ThreadBeat } from "./thread-beat.ts";
import { Watchdog } from "./watchdog.ts";

/** How long the graph may take to export cached flows and to end. */
const STOP_TIMEOUT_MS = 15_000;

export interface GraphConfig extends GraphThreadConfig {
  /** Path of the control socket. */
  readonly control: string;
  /** Id of a group that may also open it. */
  readonly controlGroup?: number | undefined;
}

export interface GraphDaemon {
  /** Resolves to an error when the graph's thread has ended by itself. */
  readonly failed: Promise<NgflowError>;
  /** Begins to watch the graph's thread and this one. @param alive called while both run */
  watch(alive: () => void): void;
  /**
   * Exports cached flows, shuts the graph down and closes the control socket. Resolves to the last graph. Safe to
   * call twice. @throws NgflowError when the graph does not end.
   */
  stop(): Promise<DaemonSnapshot>;
}

/** The graph's thread and its reports. */
class GraphThread {
  readonly failed: Promise<NgflowError>;
  readonly #worker: Worker;
  #report: (report: ThreadReport) => void = () => {};

  constructor(data: GraphThreadData, log: Logger) {
    // When a worker ends, libraries that only it has loaded are unloaded, while its event loop still has to call into
    // koffi's (3.3.4: a crash): this thread loads koffi too.
    hasLibc();
    const file = new URL(`./graph-thread${extname(import.meta.url)}`, import.meta.url);
    this.#worker = new Worker(file, { workerData: data, transferList: [data.control], name: "graph" });
    this.#worker.on("message", (report: ThreadReport) => {
      if (report.kind === "log") log[report.level](report.fields, report.message);
      else this.#report(report);
    });
    this.failed = new Promise((resolve) => {
      this.#worker.on("error", (error) => {
        log.debug({ err: error.stack }, "the graph's thread failed");
        resolve(new DaemonError("graph-failed", `the graph failed: ${error.message}`, { cause: error }));
      });
      this.#worker.on("exit", (code) =>
        resolve(new DaemonError("graph-failed", `the graph's thread ended with code ${code}`)),
      );
    });
  }

  /** The next report. @throws NgflowError when the thread reports an error or ends instead. */
  next(): Promise<ThreadReport> {
    return new Promise((resolve, reject) => {
      this.#report = (report) =>
        report.kind === "failed" ? reject(new RelayedError(report.failure)) : resolve(report);
      void this.failed.then(reject);
    });
  }

  order(order: ThreadOrder): void {
    this.#worker.postMessage(order);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/**
 * Runs the graph with its interfaces and timers in its own thread, and its control socket in this thread. Whatever
 * clients do here, packets are not delayed. A message to the graph waits for one batch of packets at most.
 *
 * @throws NgflowError when an interface does not exist, the AS table is invalid, or the control socket is in use.
 */
export async function startGraph(
  { control: path, controlGroup: group, ...config }: GraphConfig,
  log: Logger,
): Promise<GraphDaemon> {
  const { port1, port2 } = new MessageChannel();
  // A local socket is a file, which the daemon would make or open for whoever asks.
  const localSockets = group === undefined;
  const beat = new ThreadBeat();
  const thread = new GraphThread({ config: { ...config, localSockets }, control: port2, beat: beat.memory }, log);
  try {
    await thread.next();
    const onError = (error: Error): void => log.error({ err: error.message }, "control socket");
    const control = await listenControl({ path, group, onError }, port1);
    let watchdog: Watchdog | undefined;
    let stopped: Promise<DaemonSnapshot> | undefined;
    const stop = async (): Promise<DaemonSnapshot> => {
      const last = thread.next();
      watchdog?.stop();
      thread.order("stop");
      const report = await within(last, STOP_TIMEOUT_MS);
      await control.close();
      await thread.end();
      return (report as Extract<ThreadReport, { kind: "stopped" }>).final;
    };
    const watch = (alive: () => void): void => {
      const changed = (threads: Readonly<Record<string, number>>): void => thread.order({ threads });
      watchdog ??= new Watchdog([{ name: "graph", beat: () => beat.read() }], { log, alive, changed }).start();
      changed(watchdog.counters());
    };
    return { failed: thread.failed, watch, stop: () => (stopped ??= stop()) };
  } catch (error) {
    await thread.end();
    throw error;
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new DaemonError(
      "graph-stop-timeout",
      `the graph did not stop within ${ms / 1000} s; cached flows were lost`,
    );
    timer = setTimeout(() => reject(error), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
