import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PacketBatch } from "@ngflow/base";
import { createGraph, type Graph } from "@ngflow/graph";
import { attachEther, nodeTypes, SimulatedHost, SimulatedInterface } from "@ngflow/nodes";
import { ManualClock, NotedSocket } from "@ngflow/nodes/testing";
import { expect, it } from "vitest";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import { buildPipeline, LastSeen } from "./pipeline.ts";
import { NOTHING_LISTENED, NOTHING_REQUESTED } from "../control/control-counters.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const THREADS = { mainStalls: 1, mainLongestStallMs: 1200, graphStalls: 0, graphLongestStallMs: 0 };
const CONTROL = { ...NOTHING_LISTENED, ...NOTHING_REQUESTED };

/** A graph with a node of every type that users can make, and an interface. */
function graphOfEveryType(): Graph {
  const types = nodeTypes({ openInterface: new SimulatedHost().open, openSocket: () => new NotedSocket(() => {}) });
  const graph = createGraph({ clock: new ManualClock(), types });
  const em0 = new SimulatedInterface("em0", 1, Uint8Array.of(2, 0, 0, 0, 0, 1));
  attachEther(graph, em0);
  graph.mkpeer(undefined, "em0:", "split", "lower", "in");
  const hub = graph.mkpeer(undefined, "em0:", "hub", "upper", "hub");
  for (const type of types) {
    const hook = type.hooks[0]?.name.replace("<any>", "a").replace("<N>", "0") ?? "a";
    if (type.create === undefined) continue;
    const first = hook.startsWith("<family>") ? "inet/dgram/udp" : hook;
    graph.mkpeer(undefined, `[${hub.id.toString(16)}]:`, type.name, `to-${type.name}`, first);
  }
  em0.fromWire(PacketBatch.of(new Uint8Array(64)));
  return graph;
}

function snapshotOf(graph: Graph): DaemonSnapshot {
  return { ...graph.snapshot(), control: CONTROL, threads: THREADS };
}

it("every counter of every node, of the graph and of the control socket is in a hop", () => {
  const graph = graphOfEveryType();
  const snapshot = snapshotOf(graph);
  const hops = new Map(buildPipeline({ graph: snapshot }, new LastSeen()).hops.map((hop) => [hop.hop, hop.counters]));
  const counting = snapshot.nodes.filter(({ counters }) => Object.keys(counters).length > 0);
  expect(new Set(counting.map(({ type }) => type)).size).toBeGreaterThan(10);
  const found = [...hops.values()];
  for (const node of counting) expect(found, node.type).toContainEqual(node.counters);
  expect(hops.get("graph")).toEqual(graph.counters());
  expect(hops.get("control")).toEqual(CONTROL);
  expect(hops.get("threads:graph")).toEqual(THREADS);
});

it("counters of nodes that are gone stay in the pipeline", () => {
  const graph = graphOfEveryType();
  const hub = [...graph.nodes()].find(({ type }) => type.name === "hub")!;
  const before = hub.behaviour.counters?.();
  graph.removeNode(hub);
  const { hops } = buildPipeline({ graph: snapshotOf(graph) }, new LastSeen());
  expect(hops.find(({ hop }) => hop === "hub:ended")?.counters).toMatchObject(before!);
});

it("of many nodes of a type the sum is one hop", () => {
  const graph = graphOfEveryType();
  const hub = [...graph.nodes()].find(({ type }) => type.name === "hub")!;
  for (let i = 0; i < 100; i++) graph.mkpeer(undefined, `[${hub.id.toString(16)}]:`, "tee", `tee${i}`, "left");
  const { hops } = buildPipeline({ graph: snapshotOf(graph) }, new LastSeen());
  const tees = hops.filter(({ hop }) => hop.startsWith("tee:"));
  expect(tees.map(({ hop }) => hop)).toEqual(["tee:all"]);
});

/**
 * Where each implementation of `counters()` and `stats()` reaches the pipeline, by file or folder. A new one has to be
 * added here, with the hop that shows it.
 */
const SHOWN_BY: Readonly<Record<string, string>> = {
  "packages/nodes/src/": "the hop of the node: NodeSnapshot.counters",
  "packages/os/src/ring/packet-ring.ts": "the hop of an ether node: EtherBehaviour.counters",
  "packages/os/src/socket/": "the hop of a ksocket node: KsocketBehaviour.counters",
  "packages/graph/src/create-graph.ts": "hop graph: GraphSnapshot.counters",
  "packages/graph/src/guarded-type.ts": "the hop of the node that it guards",
  "packages/collector/src/listen/": "hop collector: counters of collector.ts",
  "packages/collector/src/stream/": "hop collector: counters of collector.ts",
  "packages/collector/src/tee/": "hop collector: counters of collector.ts",
  "packages/collector/src/collector.ts": "hop collector: CollectorState in daemon/collect.ts",
  "packages/store/src/": "hops spool and store: CollectorState in daemon/collect.ts, storeFacts in daemon/serve.ts",
  "packages/names/src/snmp/snmp-names.ts": "hop snmp: CollectorState in daemon/collect.ts",
  "packages/alerts/src/notify/outbox.ts": "no hop: ngflow_alerts_… in /metrics, and /api/v1/alerts",
  "packages/alerts/src/notify/notices.ts": "no hop: ngflow_alerts_… in /metrics, and /api/v1/alerts",
  "packages/server/src/answers/query-gate.ts": "hop server: serverCounters in counters.ts",
  "packages/server/src/connections.ts": "hop server: serverCounters in counters.ts",
  "packages/server/src/event-stream.ts": "hop server: serverCounters in counters.ts",
  "apps/ngflow/src/control/answer-control.ts": "hop control: DaemonSnapshot.control",
  "apps/ngflow/src/daemon/store-files.ts": "none: its counters() takes the counter records of a file",
  "apps/ngflow/src/daemon/watchdog.ts": "hop threads: DaemonSnapshot.threads",
  "apps/ngflow/src/out/outlet.ts": "no hop: ngflow_out_… in /metrics",
  "apps/ngflow/src/explain/": "none: the dry run's model has no traffic of its own",
};

const IMPLEMENTS =
  /^\s+(?:readonly )?(?:counters|stats)(?:\(\)[^;]*\{$|: \w*Counters = \{|: \(\) =>)|const (?:counters|stats) = \(\)/m;

it("no implementation of counters() or stats() is out of reach", () => {
  const sources = ["packages", "apps"].flatMap((top) =>
    readdirSync(join(ROOT, top), { recursive: true, encoding: "utf8" })
      .map((path) => join(top, path))
      .filter((path) => /\/src\/.*(?<![.]test|[.]d)[.]ts$/.test(path) && !/\/(testing|dist|node_modules)\//.test(path)),
  );
  expect(sources.length).toBeGreaterThan(300);
  const implementing = sources.filter((path) => IMPLEMENTS.test(readFileSync(join(ROOT, path), "utf8")));
  const places = Object.keys(SHOWN_BY);
  expect(implementing.filter((path) => !places.some((place) => path.startsWith(place)))).toEqual([]);
  expect(places.filter((place) => !implementing.some((path) => path.startsWith(place)))).toEqual([]);
});
