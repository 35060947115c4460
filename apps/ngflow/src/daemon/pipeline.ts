import { HOPS, type Pipeline, type PipelineHop } from "@ngflow/flows";
import type { NodeRole, NodeSnapshot } from "@ngflow/graph";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";

type Counters = Readonly<Record<string, number>>;

/** Counters of one hop outside the graph, as the collector, the spool and the store report them. */
export interface HopFacts {
  readonly counters: Counters;
  readonly lastSeenMs: number | null;
  /** Milliseconds since the part reported them, if it is another process. */
  readonly ageMs?: number;
}

/** Reports of the hops after the graph; null for a hop that does not run here. */
export interface PipelineParts {
  readonly graph?: DaemonSnapshot | null;
  /** Milliseconds since the graph was as it is given; it is of this moment by default. */
  readonly graphAgeMs?: number;
  readonly collector?: HopFacts | null;
  readonly spool?: HopFacts | null;
  readonly store?: HopFacts | null;
  /** How often SNMP agents were asked. */
  readonly snmp?: HopFacts | null;
  /** What the watchdogs of the other daemons counted, by daemon; absent for one that does not run. */
  readonly threads?: Readonly<Record<string, Counters | undefined>>;
}

/** An older snapshot of the graph stands in for one that is late: its hops tell their age. */
const FRESH_MS = 1500;

/** A counter that only capturing interfaces have. */
const CAPTURED = "packetsSeen";

/** The hop of the nodes of a type: the hop of their role, or one named after the type. */
function hopOf(type: string, role: NodeRole | undefined, counters: Counters): string {
  if (role === "interface") return CAPTURED in counters ? HOPS.interface : type;
  return role === "meter" || role === "transport" ? HOPS[role] : type;
}

/**
 * Most nodes of one kind with a hop each. More nodes share the hop `HOP:all` with their sum, so that an answer stays
 * small.
 */
const NODES_OF_TYPE_MAX = 64;

/** Records when a hop's counters last changed, for hops that do not report it. */
export class LastSeen {
  readonly #seen = new Map<string, { sum: number; atMs: number | null }>();

  update(hop: string, counters: Counters, nowMs: number): number | null {
    let sum = 0;
    for (const value of Object.values(counters)) sum += value;
    const before = this.#seen.get(hop);
    const atMs = before === undefined ? (sum > 0 ? nowMs : null) : sum === before.sum ? before.atMs : nowMs;
    this.#seen.set(hop, { sum, atMs });
    return atMs;
  }
}

/** Hops for every node with counters, the nodes that have ended, the graph itself and its control socket. */
function graphHops(graph: DaemonSnapshot, ageMs: number, lastSeen: LastSeen): PipelineHop[] {
  const hops: PipelineHop[] = [];
  const age = ageMs > FRESH_MS ? { ageMs: Math.round(ageMs) } : {};
  const add = (hop: string, counters: Counters): void => {
    hops.push({ hop, counters, lastSeenMs: lastSeen.update(hop, counters, graph.timeMs), ...age });
  };
  for (const [kind, nodes] of nodesByHop(graph.nodes)) {
    if (nodes.length > NODES_OF_TYPE_MAX) add(`${kind}:all`, sumOf(nodes.map(({ counters }) => counters)));
    else for (const node of nodes) add(`${kind}:${node.name ?? `[${node.id.toString(16)}]`}`, node.counters);
  }
  for (const [type, counters] of Object.entries(graph.ended)) {
    add(`${hopOf(type, graph.endedRoles[type], counters)}:ended`, counters);
  }
  add(HOPS.graph, { ...graph.counters });
  add(HOPS.control, { ...graph.control });
  hops.push(threadsHop("graph", graph.threads));
  return hops;
}

/** What the watchdog of a daemon counted. Nothing passes through it. */
function threadsHop(daemon: string, counters: Counters): PipelineHop {
  return { hop: `${HOPS.threads}:${daemon}`, counters, lastSeenMs: null };
}

/** Nodes with counters, without unused interfaces. */
function nodesByHop(nodes: readonly NodeSnapshot[]): Map<string, NodeSnapshot[]> {
  const byHop = new Map<string, NodeSnapshot[]>();
  for (const node of nodes) {
    if (Object.keys(node.counters).length === 0) continue;
    const hop = hopOf(node.type, node.role, node.counters);
    if (hop === HOPS.interface && node.hooks.length === 0 && !hasPassed(node)) continue;
    const others = byHop.get(hop);
    if (others === undefined) byHop.set(hop, [node]);
    else others.push(node);
  }
  return byHop;
}

function sumOf(all: readonly Counters[]): Counters {
  const sum: Record<string, number> = {};
  for (const counters of all)
    for (const [name, value] of Object.entries(counters)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

function hasPassed(node: NodeSnapshot): boolean {
  return (node.counters[CAPTURED] ?? 0) > 0;
}

/** The chain from the first packet to the stored row: totals, then every hop with all its counters. */
export function buildPipeline(parts: PipelineParts, lastSeen: LastSeen): Pipeline {
  const hops = parts.graph ? graphHops(parts.graph, parts.graphAgeMs ?? 0, lastSeen) : [];
  for (const [hop, facts] of [
    [HOPS.collector, parts.collector],
    [HOPS.spool, parts.spool],
    [HOPS.store, parts.store],
    [HOPS.snmp, parts.snmp],
  ] as const) {
    if (!facts) continue;
    const { counters, lastSeenMs, ageMs } = facts;
    hops.push({ hop, counters, lastSeenMs, ...(ageMs === undefined ? {} : { ageMs: Math.round(ageMs) }) });
  }
  for (const [daemon, counters] of Object.entries(parts.threads ?? {})) {
    if (counters !== undefined) hops.push(threadsHop(daemon, counters));
  }
  /** Null where the part that counts is absent: that is not zero. */
  const total = (part: object | null | undefined, prefix: string, counter: string): number | null => {
    if (!part) return null;
    const own = hops.filter(({ hop }) => hop.split(":")[0] === prefix);
    return own.reduce((sum, { counters }) => sum + (counters[counter] ?? 0), 0);
  };
  const { graph, collector, store } = parts;
  return {
    packetsSeen: total(graph, HOPS.interface, "packetsSeen"),
    packetsDropped: total(graph, HOPS.interface, "packetsDropped"),
    packetsAccounted: total(graph, HOPS.meter, "packetsAccounted"),
    recordsExported: total(graph, HOPS.meter, "recordsExported"),
    datagramsReceived: total(collector, HOPS.collector, "datagramsReceived"),
    recordsLost: total(collector, HOPS.collector, "recordsLost"),
    recordsDecoded: total(collector, HOPS.collector, "recordsDecoded"),
    rowsStored: total(store, HOPS.store, "rowsStored"),
    hops,
  };
}
