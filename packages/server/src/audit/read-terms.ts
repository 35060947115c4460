import {
  AUDIT_TERMS,
  type AuditReading,
  type AuditTerm,
  type AuditTerms,
  type ExporterStatus,
  HOPS,
  type Pipeline,
  countByExporter,
} from "@ngflow/flows";
import type { GraphSnapshot, NodeSnapshot } from "@ngflow/graph";

type Counters = Readonly<Record<string, number>>;

/** What the figures of an audit come from; null where a part cannot be reached. */
export interface AuditSources {
  readonly timeMs: number;
  readonly pipeline: Pipeline;
  readonly graph: GraphSnapshot | null;
  readonly exporters: readonly ExporterStatus[] | null;
  /** Rows that a query of all times counts; null where none was asked. */
  readonly rowsAnswered: number | null;
  /** Whether an address is one of this machine. */
  readonly isOwn: (address: string) => boolean;
}

/** The nodes of a role and the sum of those that have ended, which has no gauges. */
class Role {
  readonly live: readonly NodeSnapshot[];
  readonly all: readonly Counters[];

  constructor(graph: GraphSnapshot, role: string, counter: string) {
    this.live = graph.nodes.filter((node) => node.role === role && counter in node.counters);
    const ended = Object.entries(graph.ended).filter(
      ([type, counters]) => graph.endedRoles[type] === role && counter in counters,
    );
    this.all = [...this.live.map(({ counters }) => counters), ...ended.map(([, counters]) => counters)];
  }

  sum(...names: readonly string[]): number | null {
    if (this.all.length === 0) return null;
    let total = 0;
    for (const counters of this.all) for (const name of names) total += counters[name] ?? 0;
    return total;
  }

  has(id: number): boolean {
    return this.live.some((node) => node.id === id);
  }
}

/** Packets that nodes pass to others, by a test of both ends. */
function passed(
  graph: GraphSnapshot,
  is: (from: NodeSnapshot, hook: NodeSnapshot["hooks"][number]) => boolean,
): number {
  let packets = 0;
  for (const node of graph.nodes) for (const hook of node.hooks) if (is(node, hook)) packets += hook.outPackets;
  return packets;
}

const isExport = (hook: string): boolean => hook.startsWith("export");

function graphTerms(graph: GraphSnapshot): Partial<Record<AuditTerm, number | null>> {
  const rings = new Role(graph, "interface", "packetsCaptured");
  const meters = new Role(graph, "meter", "packetsAccounted");
  const sockets = new Role(graph, "transport", "datagramsSent");
  const ofExport = sockets.live.filter(({ hooks }) =>
    hooks.some(({ peerId, peerHook }) => meters.has(peerId) && isExport(peerHook)),
  );
  const exported = ofExport.length === 0 ? null : ofExport.map(({ counters }) => counters);
  const sent = (...names: readonly string[]): number | null =>
    exported && exported.reduce((sum, counters) => sum + names.reduce((n, name) => n + (counters[name] ?? 0), 0), 0);
  const knowsFrames = rings.live.length > 0 && rings.live.every(({ counters }) => "packetsOnInterface" in counters);
  return {
    framesOnInterface: knowsFrames ? rings.sum("packetsOnInterface") : null,
    framesCaptured: rings.sum("packetsCaptured"),
    framesDropped: rings.sum("packetsDropped"),
    framesDelivered: rings.sum("packetsReceived", "packetsSent"),
    packetsSeen: rings.sum("packetsSeen"),
    packetsFromOtherNodes: passed(
      graph,
      ({ id }, { peerId, peerHook }) => !rings.has(id) && meters.has(peerId) && !isExport(peerHook),
    ),
    packetsToOtherNodes: passed(graph, ({ id }, { peerId }) => rings.has(id) && !meters.has(peerId)),
    packetsAccounted: meters.sum("packetsAccounted"),
    packetsSkipped: meters.sum("packetsSkipped"),
    packetsNotSampled: meters.sum("packetsNotSampled"),
    packetsBypassed: meters.sum("packetsBypassed"),
    flowsCreated: meters.sum("flowsCreated"),
    flowsRefused: meters.sum("flowsRefused"),
    flowsNow: meters.sum("flowsActive"),
    recordsExported: meters.sum("recordsExported"),
    recordsDiscarded: meters.sum("recordsDiscarded"),
    datagramsExported: exported && meters.sum("datagramsExported"),
    datagramsSent: sent("datagramsSent"),
    datagramsNotSent: sent("sendErrors", "refused", "overflowed"),
  };
}

/** Terms of the parts after the graph: the hop, and the counters that make the sum. */
const OF_HOPS = {
  recordsLost: [HOPS.collector, "recordsLost"],
  recordsDecoded: [HOPS.collector, "recordsDecoded"],
  recordsLimited: [HOPS.collector, "recordsLimited", "recordsOverRate"],
  recordsWithoutKey: [HOPS.collector, "recordsWithoutKey"],
  malformed: [HOPS.collector, "malformed"],
  setsWithoutTemplate: [HOPS.collector, "setsHeldDropped", "setsHeldExpired"],
  setsWaitingNow: [HOPS.collector, "setsHeld"],
  rowsMade: [HOPS.collector, "rowsWritten", "rowsRefused"],
  rowsRefused: [HOPS.collector, "rowsRefused"],
  rowsTaken: [HOPS.spool, "rowsTaken"],
  rowsNotWritten: [HOPS.spool, "rowsLost"],
  rowsInMemoryNow: [HOPS.spool, "pendingRows"],
  rowsAcknowledged: [HOPS.spool, "rowsAcknowledged"],
  ledgerAcknowledged: [HOPS.store, "ledgerAcknowledged"],
  ledgerStored: [HOPS.store, "ledgerStored"],
  ledgerDropped: [HOPS.store, "ledgerDropped"],
  ledgerDamaged: [HOPS.store, "ledgerDamaged"],
  rowsWaitingNow: [HOPS.store, "ledgerWaiting"],
  rowsTotalNow: [HOPS.store, "rowsTotal"],
} as const satisfies Partial<Record<AuditTerm, readonly [hop: string, ...counters: string[]]>>;

/** Datagrams from this machine, and those that the collector dropped if all of them were from it. */
function ownTerms({ pipeline, exporters, isOwn }: AuditSources): Partial<Record<AuditTerm, number | null>> {
  const own = exporters?.filter(({ address, agent }) => agent === undefined && isOwn(address)) ?? [];
  if (own.length === 0) return {};
  const counters = pipeline.hops.find(({ hop }) => hop === HOPS.collector)?.counters ?? {};
  const onlyOwn = own.length === exporters!.length;
  return {
    datagramsOfThisMachine: own.reduce((sum, { datagrams }) => sum + datagrams, 0),
    kernelDrops: onlyOwn ? (counters["kernelDrops"] ?? null) : null,
    ringDropsShare: onlyOwn ? (counters["ringDropsShare"] ?? null) : null,
  };
}

/** The figures of one moment. */
export function readTerms(sources: AuditSources): AuditReading {
  const { timeMs, pipeline, graph, rowsAnswered } = sources;
  const counters = new Map(pipeline.hops.map((hop) => [hop.hop, hop.counters]));
  const ofHops = Object.entries(OF_HOPS).map(([term, [hop, ...names]]) => {
    const own = counters.get(hop);
    return [term, own === undefined ? null : names.reduce((sum, name) => sum + (own[name] ?? 0), 0)];
  });
  const known: Partial<Record<AuditTerm, number | null>> = {
    ...(graph === null ? {} : graphTerms(graph)),
    ...(Object.fromEntries(ofHops) as Partial<Record<AuditTerm, number | null>>),
    ...ownTerms(sources),
    rowsAnsweredNow: rowsAnswered,
  };
  const terms = Object.fromEntries(AUDIT_TERMS.map((term) => [term, known[term] ?? null])) as AuditTerms;
  return { timeMs, terms, byExporter: byExporterOf(sources.exporters) };
}

/** Losses that exporters count for themselves. */
function byExporterOf(exporters: AuditSources["exporters"]): AuditReading["byExporter"] {
  if (exporters === null) return null;
  return {
    recordsLost: countByExporter(exporters, ({ recordsLost }) => recordsLost),
    recordsLimited: countByExporter(exporters, ({ recordsLimited }) => recordsLimited),
    setsWithoutTemplate: countByExporter(exporters, ({ setsDropped }) => setsDropped),
  };
}
