import { fieldName, type FlowVersion } from "@ngflow/wire";
import type { SequenceModel } from "./session/sequence.ts";
import type { Session } from "./session/session.ts";

/** One transport session and observation domain for people: the console's page of exporters. */
export interface ExporterStatus {
  readonly address: string;
  /** Source port, 0 when known from the state file only. */
  readonly port: number;
  readonly version: FlowVersion;
  readonly domain: number;
  /** ISO 8601 UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly datagrams: number;
  readonly records: number;
  readonly malformed: number;
  readonly recordsLost: number;
  readonly sequenceGaps: number;
  readonly sequenceResets: number;
  readonly datagramsReordered: number;
  /** What the exporter's sequence numbers count. */
  readonly sequenceModel: SequenceModel;
  /** One packet of how many, and where that was said; rates by sampler id where there are several. */
  readonly samplingRate: number;
  readonly samplingSource: "none" | "header" | "options";
  readonly samplers: Readonly<Record<string, number>>;
  /** Exporter's clock less ours at the last datagram, milliseconds. */
  readonly clockSkewMs: number;
  readonly templates: readonly {
    readonly id: number;
    readonly kind: "flow" | "options";
    readonly refreshed: string;
    readonly fields: readonly string[];
  }[];
  /** Template ids that data waits for. */
  readonly missingTemplates: readonly { readonly id: number; readonly sets: number; readonly bytes: number }[];
}

export function exporterStatus(s: Session): ExporterStatus {
  const told = s.sampling.fallback;
  return {
    address: s.address.replace(/^::ffff:(?=\d+\.)/, ""),
    port: s.port,
    version: s.version,
    domain: s.domain,
    firstSeen: new Date(s.firstSeenMs).toISOString(),
    lastSeen: new Date(s.lastSeenMs).toISOString(),
    datagrams: s.datagrams,
    records: s.records,
    malformed: s.malformed,
    recordsLost: Math.round(s.sequence.lostRecords),
    sequenceGaps: s.sequence.gaps,
    sequenceResets: s.sequence.resets,
    datagramsReordered: s.sequence.reordered,
    sequenceModel: s.sequence.model,
    samplingRate: s.headerSampling || told || 1,
    samplingSource: s.headerSampling > 0 ? "header" : told > 0 ? "options" : "none",
    samplers: Object.fromEntries(s.sampling.byId),
    clockSkewMs: s.clockSkewMs,
    templates: [...s.templates.values()].map(({ template, refreshedMs }) => ({
      id: template.id,
      kind: template.options ? "options" : "flow",
      refreshed: new Date(refreshedMs).toISOString(),
      fields: template.fields.map(fieldName),
    })),
    missingTemplates: [...s.held].map(([id, sets]) => ({
      id,
      sets: sets.length,
      bytes: sets.reduce((sum, set) => sum + set.bytes.length, 0),
    })),
  };
}
