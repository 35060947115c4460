import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type Failure, failureOf, type Log, NgflowError } from "@ngflow/base";
import { createGraph, type Graph } from "@ngflow/graph";
import { etherNodeName, nodeTypes, openNetworkSocket, type Profile, SimulatedHost } from "@ngflow/nodes";
import { type PacketRingOptions } from "@ngflow/os";
import { answerControl } from "../control/answer-control.ts";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import { transactionRequests } from "../transaction/transaction-requests.ts";
import { systemClock } from "./clock.ts";
import { type AttachedInterfaces, attachDemo } from "../demo/demo-interface.ts";
import { graphMaker } from "./graph-maker.ts";
import { fileFacts, type MachineFacts, openMachineFacts } from "./machine-facts.ts";
import { attachMachine, type InlineChoice } from "./machine-interfaces.ts";
import { netflowConfig } from "./netflow-config.ts";
import { observeAdvice } from "./observe-advice.ts";
import { TimerPace } from "./pace-timers.ts";
import { ThreadBeat } from "./thread-beat.ts";

// The thread of the graph: nodes, rings, sockets and timers. `startGraph` starts it.

/** Most operations kept in the graph's history. */
const HISTORY_STEPS = 1000;

/** Configuration of the graph. */
export interface GraphThreadConfig {
  /** Feed a simulated interface `demo0` from this seed instead of attaching the machine's interfaces. */
  readonly demoSeed?: number;
  /** Interfaces that must exist. Every Ethernet interface gets a node in any case. */
  readonly interfaces?: readonly string[];
  /** Interfaces in inline mode: their nodes are between wire and host. All others observe. */
  readonly inline?: InlineChoice;
  /** Metering engine of netflow nodes, by default `modern`. */
  readonly profile?: Profile;
  /** File of AS numbers by prefix, for the records of netflow nodes. */
  readonly asTable?: string;
  /** Parts of the flow key of new netflow nodes. */
  readonly key?: string;
  /** Absolute path of the directory of which members of the control group may load modules. */
  readonly modules?: string;
  /** Whether `ksocket` nodes may use local sockets, that is, files. */
  readonly localSockets?: boolean;
  /** Options of the rings of observing interfaces. */
  readonly ring?: PacketRingOptions;
}

export interface GraphThreadData {
  readonly config: GraphThreadConfig;
  /** The graph's end of the control socket's channel. */
  readonly control: MessagePort;
  /** Memory of the thread's `ThreadBeat`. */
  readonly beat: SharedArrayBuffer;
}

/** Messages to the thread: to stop, and what the watchdog has counted. */
export type ThreadOrder = "stop" | { readonly threads: Readonly<Record<string, number>> };

/** Messages from the thread. */
export type ThreadReport =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "log"; readonly level: keyof Log; readonly fields: object; readonly message: string }
  /** The last message: the graph after everything was exported. */
  | { readonly kind: "stopped"; readonly final: DaemonSnapshot };

function report(message: ThreadReport): void {
  parentPort!.postMessage(message);
}

const writer =
  (level: keyof Log) =>
  (fields: object, message: string): void =>
    report({ kind: "log", level, fields, message });
const log: Log = { info: writer("info"), warn: writer("warn"), error: writer("error") };

function attach(graph: Graph, { demoSeed, interfaces, inline, ring }: GraphThreadConfig): AttachedInterfaces {
  if (demoSeed !== undefined) return attachDemo(graph, demoSeed);
  return attachMachine(graph, interfaces ?? [], inline ?? { names: [], force: false }, ring ?? {}, log);
}

async function learn({ demoSeed, asTable }: GraphThreadConfig): Promise<MachineFacts> {
  return demoSeed === undefined ? openMachineFacts(asTable, (message) => log.warn({}, message)) : fileFacts(asTable);
}

async function run({ config, control, beat }: GraphThreadData): Promise<void> {
  const endBeat = new ThreadBeat(beat).start();
  let threads: Readonly<Record<string, number>> = {};
  const facts = await learn(config);
  const pace = new TimerPace(systemClock.nowMs);
  const demo = config.demoSeed !== undefined;
  const types = nodeTypes({
    netflow: netflowConfig(config, facts.options),
    ...(config.localSockets === false && { openSocket: openNetworkSocket }),
    // The demonstration makes no interfaces on the machine that it runs on.
    ...(demo && { openInterface: new SimulatedHost(undefined, false).open }),
  });
  const observing = !demo && (config.inline?.names ?? []).length === 0;
  const advice = observing ? observeAdvice(types, log) : { types, of: () => null };
  const graph = createGraph({
    clock: systemClock,
    types: advice.types,
    history: HISTORY_STEPS,
    onEarlierTimer: pace.earlier,
    log,
  });
  const interfaces = attach(graph, config);
  const inline = new Set((config.inline?.names ?? []).map(etherNodeName));
  const observes = (name: string): boolean => !demo && !inline.has(name);
  const { snapshot } = answerControl(graph, control, {
    modules: config.modules,
    maker: graphMaker(demo ? "demo" : "up"),
    requests: { pid: () => process.pid, advice: advice.of, ...transactionRequests(graph, observes, config.profile) },
    threads: () => threads,
    onError: (error) => log.error({}, `control socket: ${error.message}`),
  });
  pace.start(graph);

  const stop = (): void => {
    // Interfaces first: the packets left in their rings are metered before the meters export and shut down.
    interfaces.drain();
    for (const node of [...graph.nodes()]) {
      if (node.valid && node.type.role === "meter") graph.shutdown(node, ".:");
    }
    pace.end();
    facts.close();
    interfaces.stop();
    endBeat();
    report({ kind: "stopped", final: snapshot() });
  };
  parentPort!.on("message", (order: ThreadOrder) => {
    if (order === "stop") stop();
    else threads = order.threads;
  });
  report({ kind: "ready" });
}

try {
  await run(workerData as GraphThreadData);
} catch (error) {
  if (!(error instanceof NgflowError)) throw error;
  report({ kind: "failed", failure: failureOf(error) });
}
