import { type Protocol, PROTOCOLS } from "@ngflow/wire";

/** The collector's own counters: totals since start, unless the text says "now". */
const METRICS = {
  datagramsReceived: "Datagrams read from the listening sockets, and messages from connections and files.",
  bytesReceived: "Bytes of their payload.",
  messagesReceived: "Of these, IPFIX messages from TCP and TLS connections.",
  kernelDrops: "Datagrams that the kernel dropped because a receive buffer was full (Linux).",
  receivers:
    "Threads or sockets that receive datagrams side by side now (--receivers); 0 if no UDP address is listened on.",
  datagramsNotAllowed: "Datagrams dropped because their address is not one of the exporters that may send.",
  proxyHeadersInvalid:
    "Datagrams and connections of proxies dropped because they did not begin with a PROXY header of version 2.",
  ringDropsShare:
    "Datagrams dropped after they were read, because many waited for the decoder and their source had more than its share.",
  ringBytes: "Bytes of datagrams waiting for the decoder now.",
  ringBytesMost:
    "Most bytes of datagrams that have waited for the decoder; with several receivers, those of one of them.",
  receiveErrors: "Errors of the system when datagrams were read.",
  receiveStallMsMost: "Longest time in which a receiver did not read arriving datagrams, milliseconds.",
  teeSent: "Datagrams sent to other collectors.",
  teeDropped: "Datagrams not sent to another collector because it, or the way to it, was too slow.",
  teeRefused: "Datagrams for another collector that the system refused, or its machine because nothing listens there.",
  teeWithheld:
    "Datagrams not sent to a collector that gets anonymised copies, because they could not be anonymised: malformed, sFlow, without a template, or too many new addresses in a second.",
  teeSetsWithheld:
    "Sets of data left out of anonymised copies, because their template has not come or has lists in its records.",
  recordsDecoded: "Flow data records decoded.",
  recordsCompiled: "Flow data records that a function made for their template decoded, which is faster.",
  plansCompiled: "Functions made for templates that bring many records.",
  recordsLimited:
    "Records not decoded because the store was short of room and their source had made its share of the rows.",
  recordsOverRate: "Records not decoded because their exporter sent more than its rate (--exporter-rate).",
  recordsWithoutKey: "Records of templates without an address or a counter, which are no flows and make no row.",
  recordsOfUnlistedExporters:
    "Records that name an exporter for which there was no room: their rows have its address, but its rates and names are not known.",
  extraValuesNotKept:
    "Values of fields without a column that were not kept, because their record has more bytes of them than --extra allows, or more than 64.",
  optionRecords: "Options data records read.",
  counterRecords: "Counter records read, such as interface counters in sFlow.",
  rowsWritten: "Rows passed to the store. A biflow record makes two.",
  rowsRefused: "Rows that the store refused because its limit was reached.",
  recordsLost: "Flow records lost between exporter and collector, estimated from gaps in sequence numbers.",
  sequenceGaps: "Sequence numbers that were ahead of the expected one.",
  sequenceResets: "Times an exporter restarted its sequence numbers.",
  datagramsReordered: "Datagrams that arrived out of order.",
  templatesLearned: "Templates received and accepted; a changed template counts again.",
  templatesWithdrawn: "Templates removed because the exporter withdrew them.",
  templateWithdrawalsIgnored:
    "Template withdrawals ignored because they came over UDP, where they may be late or forged (RFC 7011 section 8.4).",
  templatesExpired: "Templates removed because the exporter had not sent them again within their lifetime.",
  templatesRefused: "Templates refused because a limit was reached.",
  templatesShared: "Templates that other collectors of the store had received.",
  sessionsNotShared: "Exporters that other collectors know and that there was no room for.",
  templatesKnown: "Templates known now.",
  setsHeld: "Data sets waiting for their template now.",
  setBytesHeld: "Bytes of data sets waiting for their template now.",
  setsHeldTotal: "Data sets that had to wait for their template.",
  setsRecovered: "Waiting data sets decoded after their template arrived.",
  setsHeldDropped:
    "Data sets without a template that were dropped: too many bytes were waiting, or the session or the collector ended.",
  setsOverBudget:
    "Sets, templates and withdrawals not read, or not to their end, because their datagram cost too much work.",
  setsHeldExpired: "Waiting data sets dropped because no template arrived in time.",
  connections: "TCP and TLS connections open now.",
  connectionsAccepted: "TCP and TLS connections accepted.",
  connectionsRefused: "Connections refused because too many were open, in all or from their address.",
  connectionsNotAllowed: "Connections refused because their address is not one of the exporters that may send.",
  connectionsReplaced: "Connections closed because they were silent and gave way to others.",
  connectionsSlow: "Connections closed because a message, or the rest of one, did not come in time.",
  connectionsMalformed: "Connections closed because what came was not IPFIX.",
  connectionsCut: "Connections that ended inside a message.",
  connectionsReset:
    "Connections that ended with a reset at the end of a message: what their exporters had not sent is lost, uncounted.",
  connectionsLost: "Connections closed because one of their sessions gave way to others.",
  tlsFailed: "TLS handshakes that failed, refused client certificates included.",
  sessions: "Transport sessions known now.",
  sessionsEstablished: "Transport sessions known now that have proved themselves; they give way to others last.",
  exportersNamed: "Of the sessions, those of exporters that the records of another one name (a mediator's).",
  sessionsEvicted: "Transport sessions dropped to make room for others.",
  datagramsRefused: "Datagrams of new transport sessions dropped because too many began at once.",
  factsKnown: "Sampling rates and starts known now that exporters sent in options.",
  factsRefused: "Sampling rates and starts of exporters refused because a limit was reached.",
  namesKnown: "Names of interfaces, VRFs, applications and samplers known now, those that were replaced included.",
  namesRefused: "Names of exporters refused because a limit was reached.",
  runningFlows: "Flows known now that may be reported again; their rows count what came since the previous report.",
  runningFlowsEvicted:
    "Running flows that gave way to others: the next report of a total counts its flow from the beginning again.",
  runningFlowsNotSaved:
    "Reports of totals not saved in time: if the collector is killed now, their flows may count again in part.",
  malformed: "Malformed headers, sets, templates and records, which were not read.",
  internalErrors: "Datagrams dropped because of an error in the decoder itself.",
} as const;

type CollectorMetric = keyof typeof METRICS;

/**
 * Every counter with its help text, those of the protocols last. `collector.counters()`, `/metrics` and the console use
 * these names.
 */
export function collectorMetrics(protocols: readonly Protocol[] = PROTOCOLS): Readonly<Record<string, string>> {
  return { ...METRICS, ...Object.fromEntries(protocols.flatMap(({ counters }) => counters)) };
}

/**
 * Counters by name. PROTOCOLS has those of the protocols. `malformed:<code>` counts one reason, from its first
 * occurrence on, `teeSent:<url>` what one target of the tee got, and
 * `datagramsReceived:receiver<n>` what the n-th of several receivers got.
 */
export type CollectorCounters = Readonly<Record<CollectorMetric, number>> & Readonly<Record<string, number>>;
