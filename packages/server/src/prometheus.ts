import type { Pipeline, PipelineTotals } from "@ngflow/flows";

/** Totals of the pipeline with their help text, in the order of the hops. */
const TOTALS: readonly (readonly [keyof PipelineTotals, string, string])[] = [
  ["packetsSeen", "ngflow_packets_seen_total", "Packets seen at the observation points."],
  ["packetsDropped", "ngflow_packets_dropped_total", "Packets lost before metering, in the ring of the kernel."],
  ["packetsAccounted", "ngflow_packets_accounted_total", "Packets counted into a flow record."],
  ["recordsExported", "ngflow_records_exported_total", "Flow records exported."],
  ["datagramsReceived", "ngflow_datagrams_received_total", "Flow datagrams received by the collector."],
  ["recordsLost", "ngflow_records_lost_total", "Flow records missing by sequence number."],
  ["recordsDecoded", "ngflow_records_decoded_total", "Flow records decoded."],
  ["rowsStored", "ngflow_rows_stored_total", "Flow rows stored."],
];

/** A value of the server itself: name, type and help of its family, and labels. Those of a family are together. */
export interface OwnMetric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** `\`, `"` and line feeds escaped as the exposition format requires. */
function labelValue(text: string): string {
  return text.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(text)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/**
 * The pipeline as Prometheus text exposition format 0.0.4. Totals of a part that cannot be reached are left out. A
 * hop's own counters share one family, labelled by hop and counter; it is untyped because some of them are levels, such
 * as flows in the cache.
 */
export function prometheusText(pipeline: Pipeline, own: readonly OwnMetric[] = []): string {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  };
  for (const [key, name, help] of TOTALS) {
    const value = pipeline[key];
    if (value === null) continue;
    family(name, "counter", help);
    lines.push(`${name} ${value}`);
  }
  family("ngflow_hop", "untyped", "Counters of one hop of the pipeline.");
  for (const hop of pipeline.hops) {
    for (const [counter, value] of Object.entries(hop.counters)) {
      lines.push(`ngflow_hop{hop="${labelValue(hop.hop)}",counter="${labelValue(counter)}"} ${value}`);
    }
  }
  family("ngflow_hop_last_seen_seconds", "gauge", "Unix time at which something last passed the hop.");
  for (const hop of pipeline.hops) {
    if (hop.lastSeenMs === null) continue;
    lines.push(`ngflow_hop_last_seen_seconds{hop="${labelValue(hop.hop)}"} ${hop.lastSeenMs / 1000}`);
  }
  family("ngflow_hop_age_seconds", "gauge", "Time since a hop in another process reported its counters.");
  for (const { hop, ageMs } of pipeline.hops) {
    if (ageMs !== undefined) lines.push(`ngflow_hop_age_seconds{hop="${labelValue(hop)}"} ${ageMs / 1000}`);
  }
  let before = "";
  for (const { name, type, help, value, labels = {} } of own) {
    if (name !== before) family(name, type, help);
    before = name;
    lines.push(`${name}${labelsText(labels)} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}
