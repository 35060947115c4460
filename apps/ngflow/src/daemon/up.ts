import { setTimeout } from "node:timers/promises";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import { tryAddress } from "@ngflow/server";
import type { HttpConfig } from "../options/http-options.ts";
import { keepsText, type StoreLimits } from "../options/store-options.ts";
import { type GraphListen, receivesText } from "../options/listen-options.ts";
import type { HostPort } from "../options/options.ts";
import { receiveArgs, type ReceiveSettings } from "../options/receive-options.ts";
import { articleGraph } from "./article-graph.ts";
import { buildGraph } from "./build-graph.ts";
import { watchDaemon } from "./child-daemon.ts";
import { type DaemonProcess, forkDaemon } from "./child-process.ts";
import { closeEarlySockets, socketsForChild } from "./early-sockets.ts";
import { collectorSocketPaths } from "../options/runtime-path.ts";
import { type AgedState, CollectorWatch } from "./collector-watch.ts";
import { GraphWatch } from "./graph-watch.ts";
import type { Logger } from "./log.ts";
import { serviceManager } from "./service-manager.ts";
import { startServe } from "./serve.ts";
import { finalLines, watchStatus } from "./status-line.ts";
import { stopRequested } from "./stop.ts";
import { printConsole } from "../output/print-console.ts";
import { printText } from "../output/print-text.ts";
import { savedNames } from "./saved-names.ts";

export interface UpConfig {
  readonly dataDirectory: string;
  readonly control: string;
  readonly http: HttpConfig;
  readonly limits: StoreLimits;
  /** How much may wait for the store, as `--spool-size` takes it. */
  readonly spoolSize: string | undefined;
  /** How flows are received; if only some exporters may send, this machine's graph may too. */
  readonly receive: ReceiveSettings;
  /** Where, with the address for this machine's graph, and sockets that were bound while there was a privilege. */
  readonly listen: GraphListen;
  /** Other collectors that get every datagram, as URLs. */
  readonly tee?: readonly string[];
  readonly interfaces: readonly string[];
  /** The graph, which runs already: it may need capabilities that this process has dropped. */
  readonly graph: DaemonProcess<"graph">;
  readonly mode: "up" | "demo";
  readonly quiet: boolean;
  /** Whether the ngctl lines of the graph are printed. */
  readonly verbose: boolean;
}

/** How long this process's own signal may be behind that of a daemon that it ended. */
const SIGNAL_MS = 100;

/** Steps that stop what was started, run newest first. A step that fails does not stop the others. */
class ShutdownSteps {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  async run(log: Logger): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error: unknown) => log.error({ err: String(error) }, "error during shutdown"));
    }
  }
}

/**
 * Runs the store and the console in this process, the graph and the collector each in its own, until a signal or until
 * one of them ends. Then everything counted so far is stored.
 */
export async function runAll(config: UpConfig, log: Logger): Promise<void> {
  const shutdown = new ShutdownSteps();
  const { dataDirectory, control, http, limits, interfaces, mode } = config;
  const { listen, graph: own } = config.listen;
  const graph = watchDaemon("graph", config.graph);
  const print = (text: string): void => {
    if (!config.quiet) printText(process.stdout, `${text}\n`);
  };
  // From here on a signal waits until everything has started, then stops it in order.
  const stop = stopRequested();
  let running = false;
  try {
    await tryAddress(http);
    const watch = new GraphWatch(control);
    let lastGraph: DaemonSnapshot | null = null;
    let lastCollector: AgedState | null = null;
    const collect = watchDaemon("collect", startCollector(config));
    shutdown.add(() => collect.stop());
    const { ports } = await collect.ready();
    const collectWatch = new CollectorWatch(collectorSocketPaths(dataDirectory), dataDirectory);
    const manager = serviceManager();
    const serve = await startServe(
      { dataDirectory, http, limits },
      {
        graph: {
          snapshot: async () => lastGraph ?? (await watch.snapshot()),
          history: () => watch.history(),
          ageMs: () => watch.ageMs(),
        },
        collector: async () => lastCollector ?? (await collectWatch.state()),
        exporters: () => collectWatch.exporters(),
        names: savedNames(dataDirectory),
        alive: manager.alive,
        info: { mode, interface: interfaces.join(" "), data: dataDirectory },
      },
      log,
    );
    // Shutdown follows the data: graph, then collector, then store and console.
    shutdown.add(() => serve.stop());
    shutdown.add(async () => {
      const last = await collect.stop();
      lastCollector = last && { ...last, ageMs: 0 };
      collectWatch.close();
      await watch.close();
      await serve.store.drain();
      if (running) print(`stopped: ${finalLines(await serve.pipeline())}`);
    });
    shutdown.add(async () => {
      lastGraph = await graph.stop();
    });
    await graph.ready();
    const lines = articleGraph(interfaces, { host: own.host, port: ports[own.index]! });
    await buildGraph(lines, control);
    print(`graph    ${interfaces.join(", ")}, control socket ${control}`);
    if (config.verbose) for (const line of lines) print(`         + ${line}`);
    const bound = listen.map((address, i) => ({ ...address, port: ports[i]! }));
    print(`receives ${receivesText(bound, config.receive.allowExporters)}`);
    print(`data     ${dataDirectory}`);
    print(`keeps    ${keepsText(limits)}`);
    print("stop     Ctrl-C: the flows until then are exported and stored");
    if (serve.readers !== "") print(`readers  ${serve.readers}`);
    if (!config.quiet) printConsole(process.stdout, serve.url);
    running = true;
    manager.ready(`console ${serve.url}`);
    const endStatus = config.quiet ? () => undefined : watchStatus(process.stdout, serve.pipeline);
    const failure = await Promise.race([stop.then(() => undefined), graph.ended, collect.ended]);
    endStatus();
    manager.stopping();
    print("stopping: exporting and storing what was counted");
    await shutdown.run(log);
    if (failure) throw failure;
  } catch (error) {
    // Ctrl-C reaches the daemons, too: one that has just been started ends before it can leave the signal to this
    // process.
    const asked = stop.then(() => true);
    if (running || !(await Promise.race([asked, setTimeout(SIGNAL_MS, false)]))) throw error;
    print("stopped");
  } finally {
    await shutdown.run(log);
    await graph.stop();
  }
}

/** Starts the collector, which takes over the sockets that this process has bound. */
function startCollector(config: UpConfig): DaemonProcess<"collect"> {
  const { listen, graph } = config.listen;
  const child = forkDaemon("collect", collectArgs(config, listen, graph.host), socketsForChild(listen));
  closeEarlySockets(listen);
  return child;
}

/** The options of the collector. If only some may send, the graph of this machine is one of them. */
function collectArgs(
  { dataDirectory, receive, tee = [], spoolSize }: UpConfig,
  listen: readonly HostPort[],
  graph: string,
): string[] {
  const { allowExporters } = receive;
  const allowed = allowExporters.length > 0 ? [...allowExporters, graph] : [];
  return [
    ...["--data", dataDirectory],
    ...receiveArgs({ ...receive, listen, allowExporters: allowed }),
    ...tee.flatMap((url) => ["--tee", url]),
    ...(spoolSize === undefined ? [] : ["--spool-size", spoolSize]),
  ];
}
