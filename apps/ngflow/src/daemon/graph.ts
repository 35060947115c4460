import { createGraph, type Graph } from "@ngflow/graph";
import { etherNodeName, NODE_TYPES } from "@ngflow/nodes";
import { serveControl } from "../control/server.ts";
import { systemClock } from "./clock.ts";
import { attachDemo } from "./demo-interface.ts";
import { attachMachine, type InlineChoice } from "./machine-interfaces.ts";
import type { Logger } from "./log.ts";
import { transactionRequests } from "../transaction/transaction-requests.ts";

/** How often timers are looked at: the precision of expiry and of the flush of partial datagrams. */
const TICK_MS = 50;
/** Operations that are kept for looking back. */
const HISTORY_STEPS = 1000;

export interface GraphConfig {
  /** Path of the control socket. */
  readonly control: string;
  /** Feed a simulated interface `demo0` from this seed instead of attaching the machine's interfaces. */
  readonly demoSeed?: number;
  /** Interfaces that have to exist; every Ethernet interface gets a node in any case. */
  readonly interfaces?: readonly string[];
  /** Interfaces whose nodes stand between wire and host; all others observe. */
  readonly inline?: InlineChoice;
}

export interface GraphDaemon {
  readonly graph: Graph;
  /** Exports what is cached, takes the graph down and closes the control socket. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * The graph with its interfaces, its timers and its control socket.
 *
 * @throws NgflowError when an interface does not exist or the control socket is taken.
 */
export async function startGraph(config: GraphConfig, log: Logger): Promise<GraphDaemon> {
  const graph = createGraph({
    clock: systemClock,
    types: NODE_TYPES,
    history: HISTORY_STEPS,
    log: (level, message) => log[level]({}, message),
  });
  const interfaces =
    config.demoSeed === undefined
      ? attachMachine(graph, config.interfaces ?? [], config.inline ?? { names: [], force: false }, log)
      : attachDemo(graph, config.demoSeed);
  const inline = new Set((config.inline?.names ?? []).map(etherNodeName));
  const observes = (name: string): boolean => config.demoSeed === undefined && !inline.has(name);
  const control = await serveControl(graph, {
    path: config.control,
    requests: { pid: () => process.pid, ...transactionRequests(graph, observes) },
    onError: (error) => log.error({ err: error.message }, "control socket"),
  });
  const ticker = setInterval(() => graph.tick(Date.now()), TICK_MS);
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    // Interfaces first: what their rings still hold is counted before the nodes that count it export and go.
    interfaces.drain();
    for (const node of [...graph.nodes()]) {
      if (node.valid && node.type.name === "netflow") graph.shutdown(node, ".:");
    }
    clearInterval(ticker);
    interfaces.stop();
    await control.close();
  }

  return { graph, stop: () => (stopped ??= stop()) };
}
