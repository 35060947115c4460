import type { FlowDecoder } from "./flow-decoder.ts";
import { NOTHING_RECEIVED, type Receiver } from "./listen/receiver.ts";
import type { CollectorCounters } from "./metrics.ts";
import { newStreamCounters } from "./stream/stream-counters.ts";
import type { StreamListener } from "./stream/stream-listener.ts";
import { NO_TEE, type Tee } from "./tee/tee.ts";

/** The parts of a collector that count. */
export interface CountingParts {
  readonly decoder: FlowDecoder;
  readonly receiver: Receiver | undefined;
  readonly streams: StreamListener | undefined;
  readonly tee: Tee | undefined;
  /** Datagrams that were passed in by `receive`, and their bytes. */
  readonly datagrams: number;
  readonly bytes: number;
}

/** The counters of all parts, named as in metrics.ts. */
export function collectorCounters(parts: CountingParts): CollectorCounters {
  const { totals, sessions, exporters, names, templates, held, shared, protocolCounts, malformedByCode } =
    parts.decoder;
  let lost = totals.recordsLost;
  let gaps = totals.sequenceGaps;
  let resets = totals.sequenceResets;
  let reordered = totals.datagramsReordered;
  for (const { sequence } of sessions.values()) {
    lost += sequence.lostRecords;
    gaps += sequence.gaps;
    resets += sequence.resets;
    reordered += sequence.reordered;
  }
  const byProtocol: Record<string, number> = {};
  for (const [protocol, counts] of protocolCounts) {
    protocol.counters.forEach(([name], i) => (byProtocol[name] = counts[i]!));
  }
  const byCode: Record<string, number> = {};
  let malformed = 0;
  for (const [code, count] of malformedByCode) {
    byCode[`malformed:${code}`] = count;
    malformed += count;
  }
  const received = parts.receiver?.counters() ?? NOTHING_RECEIVED;
  const { streamBytesReceived, streamProxyHeadersInvalid, ...streams } =
    parts.streams?.counters() ?? newStreamCounters();
  return {
    ...received,
    receivers: parts.receiver === undefined ? 0 : Math.max(1, parts.receiver.eachCounters().length),
    ...streams,
    datagramsReceived: received.datagramsReceived + streams.messagesReceived + parts.datagrams,
    bytesReceived: received.bytesReceived + streamBytesReceived + parts.bytes,
    ...totals,
    proxyHeadersInvalid: totals.proxyHeadersInvalid + streamProxyHeadersInvalid,
    recordsLost: Math.round(lost),
    sequenceGaps: gaps,
    sequenceResets: resets,
    datagramsReordered: reordered,
    templatesKnown: templates.known,
    templatesLearned: templates.templatesLearned,
    templatesWithdrawn: templates.templatesWithdrawn,
    templatesExpired: templates.templatesExpired,
    templatesRefused: templates.templatesRefused,
    templatesShared: shared.templatesShared,
    sessionsNotShared: shared.sessionsNotShared,
    setsHeld: held.setsHeld,
    setBytesHeld: held.setBytesHeld,
    setsHeldTotal: held.setsHeldTotal,
    setsHeldDropped: held.setsHeldDropped,
    setsHeldExpired: held.setsHeldExpired,
    sessions: sessions.size,
    sessionsEstablished: sessions.established,
    exportersNamed: sessions.named,
    sessionsEvicted: sessions.evicted,
    datagramsRefused: sessions.refused,
    factsKnown: exporters.room.facts,
    factsRefused: exporters.room.refused,
    namesKnown: names.room.names,
    namesRefused: names.room.refused,
    runningFlows: sessions.runningFlows.flows,
    runningFlowsEvicted: sessions.runningFlows.evicted,
    runningFlowsNotSaved: parts.decoder.runningTotals?.notSaved ?? 0,
    malformed,
    ...NO_TEE,
    ...parts.tee?.counters(),
    ...byProtocol,
    ...byCode,
    ...ofEachReceiver(parts.receiver),
  };
}

/** What each of several receivers counted, by its number from 1 on. */
function ofEachReceiver(receiver: Receiver | undefined): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const [i, each] of (receiver?.eachCounters() ?? []).entries()) {
    counters[`datagramsReceived:receiver${i + 1}`] = each.datagramsReceived;
    counters[`kernelDrops:receiver${i + 1}`] = each.kernelDrops;
    counters[`ringDropsShare:receiver${i + 1}`] = each.ringDropsShare;
  }
  return counters;
}
