import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import type { HostPort } from "../options/options.ts";
import { articleGraph } from "./article-graph.ts";
import { buildGraph } from "./build-graph.ts";
import { startCollect } from "./collect.ts";
import type { GraphChild } from "./graph-child.ts";
import { watchGraphProcess } from "./graph-process.ts";
import { GraphWatch } from "./graph-watch.ts";
import type { Logger } from "./log.ts";
import { startServe } from "./serve.ts";
import { finalLine, watchStatus } from "./status-line.ts";
import { stopRequested } from "./stop.ts";

export interface UpConfig {
  readonly dataDirectory: string;
  readonly control: string;
  readonly http: HostPort;
  /** The graph exports to the first. */
  readonly listen: readonly HostPort[];
  readonly interfaces: readonly string[];
  /** The graph, which runs already: it may need capabilities that this process has dropped. */
  readonly graph: GraphChild;
  readonly mode: "up" | "demo";
  readonly quiet: boolean;
}

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

/** Runs graph, collector, store and console until a signal. Then everything counted so far is stored. */
export async function runAll(config: UpConfig, log: Logger): Promise<void> {
  const shutdown = new ShutdownSteps();
  const graph = watchGraphProcess(config.graph);
  const print = (text: string): void => {
    if (!config.quiet) process.stdout.write(`${text}\n`);
  };
  // From here on a signal waits until everything has started, then stops it in order.
  const stop = stopRequested();
  try {
    const watch = new GraphWatch(config.control);
    let final: DaemonSnapshot | null = null;
    let running = false;
    const collect = await startCollect({ dataDirectory: config.dataDirectory, listen: config.listen }, log);
    shutdown.add(() => collect.stop());
    const serve = await startServe(
      { dataDirectory: config.dataDirectory, http: config.http },
      {
        graph: { snapshot: async () => final ?? (await watch.snapshot()), history: () => watch.history() },
        collector: () => collect.state(),
        info: { mode: config.mode, interface: config.interfaces.join(" "), data: config.dataDirectory },
      },
      log,
    );
    // Shutdown follows the data: graph, then collector, then store and console.
    shutdown.add(() => serve.stop());
    shutdown.add(async () => {
      await collect.stop();
      await watch.close();
      await serve.store.drain();
      if (running) print(`stopped: ${finalLine(await serve.pipeline())}`);
    });
    shutdown.add(async () => {
      final = await graph.stop();
    });
    await graph.ready();
    const lines = articleGraph(config.interfaces, { host: "127.0.0.1", port: collect.ports[0]! });
    await buildGraph(lines, config.control);
    print(`graph on ${config.interfaces.join(", ")}, control socket ${config.control}`);
    for (const line of lines) print(`  + ${line}`);
    print(`data     ${config.dataDirectory}`);
    print(`console  ${serve.url}`);
    running = true;
    const endStatus = config.quiet ? () => undefined : watchStatus(process.stdout, serve.pipeline);
    const failure = await Promise.race([stop.then(() => undefined), graph.ended]);
    endStatus();
    print("stopping: exporting and storing what was counted");
    await shutdown.run(log);
    if (failure) throw failure;
  } finally {
    await shutdown.run(log);
    await graph.stop();
  }
}
