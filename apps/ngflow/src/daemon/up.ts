import { setTimeout } from "node:timers/promises";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import { tryAddress } from "@ngflow/server";
import type { HttpConfig } from "../options/http-options.ts";
import type { StoreDatabase } from "../options/database-options.ts";
import type { NameSettings } from "../options/name-options.ts";
import type { WatchConfig } from "../options/watch-options.ts";
import { keepsText, type StoreLimits } from "../options/store-options.ts";
import { type GraphListen, receivesText } from "../options/listen-options.ts";
import type { HostPort } from "../options/options.ts";
import { receiveArgs, type ReceiveSettings } from "../options/receive-options.ts";
import { articleGraph } from "./article-graph.ts";
import type { Timeouts } from "./timeouts.ts";
import { buildGraph } from "./build-graph.ts";
import { type ChildDaemon, watchDaemon } from "./child-daemon.ts";
import { type DaemonProcess, forkDaemon } from "./child-process.ts";
import { closeEarlySockets, socketsForChild } from "./early-sockets.ts";
import { collectorSocketPaths } from "../options/runtime-path.ts";
import { type AgedState, CollectorWatch } from "./collector-watch.ts";
import { GraphWatch } from "./graph-watch.ts";
import type { SharedConfig } from "../options/settings.ts";
import { reloadAtHangUp, starting } from "../reload/on-hang-up.ts";
import { Reloader, type ReloadReport, type ReloadRow, type SettingSource } from "../reload/reloader.ts";
import { logRow, receiveRow } from "../reload/rows.ts";
import type { Logger, LogOptions } from "./log.ts";
import { serviceManager } from "./service-manager.ts";
import { startServe } from "./serve.ts";
import { collectorLine, finalLines, statusLine, watchStatus } from "./status-line.ts";
import { stopRequested } from "./stop.ts";
import type { Story, StoryTeller } from "../demo/tell-story.ts";
import { printConsole } from "../output/print-console.ts";
import { printSentences } from "../output/print-text.ts";
import { savedNames } from "./saved-names.ts";

export interface UpConfig extends WatchConfig {
  readonly dataDirectory: string;
  readonly control: string;
  readonly http: HttpConfig;
  readonly limits: StoreLimits;
  /** Where names of hosts and vendors come from. */
  readonly names: NameSettings;
  readonly database: StoreDatabase;
  /** How much may wait for the store, as `--spool-size` takes it. */
  readonly spoolSize: string | undefined;
  /** How flows are received; if only some exporters may send, this machine's graph may too. */
  readonly receive: ReceiveSettings;
  /** Where, with the address for this machine's graph, and sockets that were bound while there was a privilege. */
  readonly listen: GraphListen;
  /** Other collectors that get every datagram, as URLs. */
  readonly tee?: readonly string[];
  readonly interfaces: readonly string[];
  /**
   * The graph, which runs already: it may need capabilities that this process has dropped. Null where nothing is
   * metered here, and flows of others are received only.
   */
  readonly graph: DaemonProcess<"graph"> | null;
  readonly mode: "up" | "demo";
  /** Of the demo: what other exporters send to it. */
  readonly story?: StoryTeller | undefined;
  readonly quiet: boolean;
  /** Settings that are read again, with those that hold, and what they mean to the parts. */
  readonly settings: UpSettings;
  /** Whether the ngctl lines of the graph are printed. */
  readonly verbose: boolean;
}

export interface UpSettings extends LogOptions {
  readonly source: SettingSource;
  readonly current: SharedConfig;
  receive(options: SharedConfig): ReceiveSettings;
  timeouts(options: SharedConfig): Timeouts;
}

/** Where the text of a line about the start begins. */
const LINE_INDENT = 9;

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
  const { dataDirectory, control, http, limits, database, alerts, out, metrics, reports, interfaces, mode } = config;
  const { listen, graph: own } = config.listen;
  const timeouts = config.settings.timeouts(config.settings.current);
  const graph = config.graph && watchDaemon("graph", config.graph);
  const print = (text: string): void => {
    if (!config.quiet) printSentences(process.stdout, `${text}\n`, LINE_INDENT);
  };
  // From here on a signal waits until everything has started, then stops it in order.
  const stop = stopRequested();
  let running = false;
  try {
    await tryAddress(http);
    const watch = graph && new GraphWatch(control);
    let lastGraph: DaemonSnapshot | null = null;
    let lastCollector: AgedState | null = null;
    const collect = watchDaemon("collect", startCollector(config));
    shutdown.add(() => collect.stop());
    const { ports } = await collect.ready();
    const collectWatch = new CollectorWatch(collectorSocketPaths(dataDirectory), dataDirectory);
    // The history comes while the store opens.
    const told = startStory(config, ports, collectWatch);
    told?.catch(() => {});
    if (told) shutdown.add(async () => void (await (await told.catch(() => undefined))?.stop()));
    const manager = serviceManager();
    const again: { reload: () => Promise<ReloadReport> } = { reload: async () => starting() };
    const serve = await startServe(
      { dataDirectory, http, limits, database, alerts, out, metrics, reports, names: config.names },
      {
        graph: {
          snapshot: async () => lastGraph ?? (await watch?.snapshot()) ?? null,
          history: async () => (await watch?.history()) ?? null,
          types: async () => (await watch?.types()) ?? null,
          askNode: async (...question) => (await watch?.askNode(...question)) ?? null,
          ...(own !== null && {
            flows: async () => {
              const cached = (await watch?.cachedFlows()) ?? null;
              // Datagrams come from the address of this machine that they are sent to.
              return cached && { exporter: own.host, cached };
            },
          }),
          ageMs: async () => (await watch?.ageMs()) ?? null,
        },
        collector: async () => lastCollector ?? (await collectWatch.state()),
        collects: true,
        exporters: () => collectWatch.exporters(),
        names: savedNames(dataDirectory),
        alive: manager.alive,
        stopping: stop,
        reload: () => again.reload(),
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
      await watch?.close();
      await serve.store.drain();
      if (running) print(`stopped: ${finalLines(await serve.pipeline(), graph !== null)}`);
    });
    if (graph !== null && own !== null) {
      shutdown.add(async () => {
        lastGraph = await graph.stop();
      });
      await graph.ready();
      const lines = articleGraph(interfaces, { host: own.host, port: ports[own.index]! }, timeouts);
      await buildGraph(lines, control);
      print(`graph    ${interfaces.join(", ")}, control socket ${control}`);
      if (config.verbose) for (const line of lines) print(`         + ${line}`);
      const { active, inactive } = timeouts;
      print(`exports  a flow after ${inactive} s without packets, and every ${active} s while they come`);
    }
    const story = await told;
    if (story) print(`story    ${story.line}`);
    const bound = listen.map((address, i) => ({ ...address, port: ports[i]! }));
    print(`receives ${receivesText(bound, config.receive.allowExporters)}`);
    print(`data     ${dataDirectory}`);
    print(`keeps    ${keepsText(limits)}`);
    if (graph === null) print("send     what to type on a device: docs/how-to/configure-exporters.md");
    print(`stop     Ctrl-C: the flows until then are ${graph === null ? "" : "exported and "}stored`);
    if (serve.readers !== "") print(`readers  ${serve.readers}`);
    if (!config.quiet) printConsole(process.stdout, serve.url);
    running = true;
    const rows = [...serve.rows, ...upRows(config, collect, log)];
    const status = `console ${serve.url}`;
    again.reload = reloadAtHangUp(new Reloader(config.settings.source, config.settings.current, rows), {
      log,
      manager,
      status,
    });
    manager.ready(status);
    const endStatus = config.quiet
      ? () => undefined
      : watchStatus(process.stdout, serve.pipeline, graph === null ? collectorLine : statusLine);
    const failure = await Promise.race([
      stop.then(() => undefined),
      collect.ended,
      ...(graph === null ? [] : [graph.ended]),
    ]);
    endStatus();
    manager.stopping();
    print(`stopping: ${graph === null ? "" : "exporting and "}storing what was counted`);
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
    await graph?.stop();
  }
}

/** What may change in the graph and the collector, and in what this process logs. The collector's comes last. */
function upRows({ settings, listen, graph, control, story }: UpConfig, collect: ChildDaemon<"collect">, log: Logger) {
  const timeouts: ReloadRow = {
    keys: ["active", "inactive"],
    prepare(after) {
      const { inactive, active } = settings.timeouts(after);
      const line = `msg netflow: settimeouts { inactive=${inactive} active=${active} }`;
      return () => buildGraph([line], control);
    },
  };
  const own = ownHosts({ listen, story });
  const receive = receiveRow(
    (options) => settings.receive(options),
    ({ allowExporters = [], ...change }) => collect.change({ ...change, allowExporters: withOwn(allowExporters, own) }),
  );
  return [logRow(log, settings), ...(graph === null ? [] : [timeouts]), receive];
}

/** Who sends from this machine on its behalf: the graph, and the exporters of the story. */
function ownHosts({ listen: { graph }, story }: Pick<UpConfig, "listen" | "story">): string[] {
  return [...(graph === null ? [] : [graph.host]), ...(story === undefined ? [] : story.addresses)];
}

/** Starts the story of the demo; undefined where there is none. */
function startStory(
  { listen: { graph }, story }: UpConfig,
  ports: readonly number[],
  collector: CollectorWatch,
): Promise<Story> | undefined {
  if (story === undefined || graph === null) return undefined;
  return story.tell({
    to: { host: graph.host, port: ports[graph.index]! },
    received: async () => (await collector.state())?.collector.counters["datagramsReceived"] ?? null,
    nowMs: Date.now,
  });
}

/** If only some may send, those of this machine are among them. */
const withOwn = (allowed: readonly string[], own: readonly string[]): string[] =>
  allowed.length > 0 ? [...allowed, ...own] : [];

/** Starts the collector, which takes over the sockets that this process has bound. */
function startCollector(config: UpConfig): DaemonProcess<"collect"> {
  const { listen } = config.listen;
  const args = collectArgs(config, listen, ownHosts(config));
  const child = forkDaemon("collect", args, socketsForChild(listen));
  closeEarlySockets(listen);
  return child;
}

/** The options of the collector. */
function collectArgs(
  { dataDirectory, receive, tee = [], spoolSize }: UpConfig,
  listen: readonly HostPort[],
  own: readonly string[],
): string[] {
  const allowed = withOwn(receive.allowExporters, own);
  return [
    ...["--data", dataDirectory],
    ...receiveArgs({ ...receive, listen, allowExporters: allowed }),
    ...tee.flatMap((url) => ["--tee", url]),
    ...(spoolSize === undefined ? [] : ["--spool-size", spoolSize]),
  ];
}
