import { type Protocol, PROTOCOLS } from "@ngflow/wire";

/** The collector's own counters. Totals since start unless the text says "now". */
const METRICS = {
  datagramsReceived: "Datagrams read from the listening sockets.",
  bytesReceived: "Bytes of UDP payload read from the listening sockets.",
  kernelDrops: "Datagrams the kernel dropped because a receive buffer of ours was full (Linux).",
  recordsDecoded: "Flow data records decoded.",
  optionRecords: "Options data records read.",
  counterRecords: "Counter records read, such as those of sFlow.",
  rowsWritten: "Rows the sink took. A biflow record makes two.",
  rowsRefused: "Rows the sink refused because its bound was reached.",
  recordsLost: "Flow records believed lost between exporter and collector, from gaps in sequence numbers.",
  sequenceGaps: "Times a sequence number was ahead of the expected one.",
  sequenceResets: "Times an exporter began its sequence numbers anew.",
  datagramsReordered: "Datagrams that came after their successor.",
  templatesLearned: "Templates taken, counting a changed template again.",
  templatesWithdrawn: "Templates forgotten because the exporter withdrew them.",
  templatesRefused: "Templates refused because a bound was reached.",
  templatesKnown: "Templates known now.",
  setsHeld: "Data sets waiting for their template now.",
  setBytesHeld: "Bytes of data sets waiting for their template now.",
  setsHeldTotal: "Data sets that had to wait for their template.",
  setsRecovered: "Waiting data sets decoded after their template arrived.",
  setsHeldDropped:
    "Data sets without a template thrown away: the bound of waiting bytes was reached, or the session or the collector ended.",
  setsHeldExpired: "Waiting data sets thrown away because no template arrived in time.",
  sessions: "Transport sessions known now.",
  sessionsEvicted: "Transport sessions forgotten to make room for others.",
  malformed: "Refused parts of datagrams: headers, sets, templates or records that were not well formed.",
  internalErrors: "Datagrams given up because of a fault in the decoder itself.",
} as const;

type CollectorMetric = keyof typeof METRICS;

/**
 * Every counter with its help text, those of the protocols last: what `collector.counters()` returns, what `/metrics` and
 * the console show.
 */
export function collectorMetrics(protocols: readonly Protocol[] = PROTOCOLS): Readonly<Record<string, string>> {
  return { ...METRICS, ...Object.fromEntries(protocols.flatMap(({ counters }) => counters)) };
}

/** Counters by name; those of the protocols are in their rows; refused parts by reason follow as `malformed:<code>` once they occur. */
export type CollectorCounters = Readonly<Record<CollectorMetric, number>> & Readonly<Record<string, number>>;
