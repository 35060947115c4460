import { HOPS, type Pipeline, type PipelineHop } from "@ngflow/flows";
import type { GraphSnapshot, NodeRole, NodeSnapshot } from "@ngflow/graph";

/** Counters of one hop outside the graph, as the collector, the spool and the store report them. */
export interface HopFacts {
  readonly counters: Readonly<Record<string, number>>;
  readonly lastSeenMs: number | null;
}

/** What the hops after the graph report; a part that does not run, or runs elsewhere, is absent. */
export interface PipelineParts {
  readonly graph?: GraphSnapshot | null;
  readonly collector?: HopFacts | null;
  readonly spool?: HopFacts | null;
  readonly store?: HopFacts | null;
}

/** Counters of an interface that captures packets: one that only exists for the graph has none. */
const CAPTURED = "packetsSeen";

/** The hop that nodes of a role are; undefined for nodes that are none. */
function hopOf(role: NodeRole | undefined, counters: Readonly<Record<string, number>>): string | undefined {
  if (role === "interface") return CAPTURED in counters ? HOPS.interface : undefined;
  return role === "meter" || role === "transport" ? HOPS[role] : undefined;
}

/** Remembers when a hop's counters last moved, for hops that do not say so themselves. */
export class LastSeen {
  readonly #seen = new Map<string, { sum: number; atMs: number | null }>();

  update(hop: string, counters: Readonly<Record<string, number>>, nowMs: number): number | null {
    let sum = 0;
    for (const value of Object.values(counters)) sum += value;
    const before = this.#seen.get(hop);
    const atMs = before === undefined ? (sum > 0 ? nowMs : null) : sum === before.sum ? before.atMs : nowMs;
    this.#seen.set(hop, { sum, atMs });
    return atMs;
  }
}

function graphHops(graph: GraphSnapshot, lastSeen: LastSeen): PipelineHop[] {
  const hops: PipelineHop[] = [];
  for (const node of graph.nodes) {
    const kind = hopOf(node.role, node.counters);
    if (kind === undefined || (node.role === "interface" && node.hooks.length === 0 && !hasPassed(node))) continue;
    const hop = `${kind}:${node.name ?? `[${node.id.toString(16)}]`}`;
    hops.push({ hop, counters: node.counters, lastSeenMs: lastSeen.update(hop, node.counters, graph.timeMs) });
  }
  for (const [type, counters] of Object.entries(graph.ended)) {
    const kind = hopOf(graph.endedRoles[type], counters);
    if (kind === undefined) continue;
    const hop = `${kind}:ended`;
    hops.push({ hop, counters, lastSeenMs: lastSeen.update(hop, counters, graph.timeMs) });
  }
  return hops;
}

function hasPassed(node: NodeSnapshot): boolean {
  return (node.counters[CAPTURED] ?? 0) > 0;
}

/** The chain from the first packet to the stored row: totals, then every hop with all its counters. */
export function buildPipeline(parts: PipelineParts, lastSeen: LastSeen): Pipeline {
  const hops = parts.graph ? graphHops(parts.graph, lastSeen) : [];
  for (const [hop, facts] of [
    [HOPS.collector, parts.collector],
    [HOPS.spool, parts.spool],
    [HOPS.store, parts.store],
  ] as const) {
    if (facts) hops.push({ hop, counters: facts.counters, lastSeenMs: facts.lastSeenMs });
  }
  const total = (prefix: string, counter: string): number =>
    hops.reduce((sum, { hop, counters }) => (hop.split(":")[0] === prefix ? sum + (counters[counter] ?? 0) : sum), 0);
  return {
    packetsSeen: total(HOPS.interface, "packetsSeen"),
    packetsDropped: total(HOPS.interface, "packetsDropped"),
    packetsAccounted: total(HOPS.meter, "packetsAccounted"),
    recordsExported: total(HOPS.meter, "recordsExported"),
    datagramsReceived: total(HOPS.collector, "datagramsReceived"),
    recordsLost: total(HOPS.collector, "recordsLost"),
    recordsDecoded: total(HOPS.collector, "recordsDecoded"),
    rowsStored: total(HOPS.store, "rowsStored"),
    hops,
  };
}
