import type { Pipeline } from "@ngflow/server/client";

/** Why there is no data to draw, and what to do. */
export interface EmptyReason {
  readonly title: string;
  readonly advice: string;
  /** What the page can do about it. */
  readonly action: "clear-filter" | "widen-range" | null;
}

/**
 * Names the first hop that has nothing (users ask for it more than for any chart). It looks at the hops from
 * the last to the first: if only a collector runs, a count of zero packets is correct.
 */
export function emptyReason(pipeline: Pipeline | null, filter: string, rangeText: string): EmptyReason {
  const say = (title: string, advice: string, action: EmptyReason["action"] = null): EmptyReason => ({
    title,
    advice,
    action,
  });
  if (!pipeline) return say("Waiting for the server", "The pipeline has not reported yet.");
  if ((pipeline.rowsStored ?? 0) > 0) {
    if (filter !== "") return say(`No flows match the filter in the last ${rangeText}`, filter, "clear-filter");
    return say(`No flows in the last ${rangeText}`, "Older flows are stored; choose a longer range.", "widen-range");
  }
  if ((pipeline.recordsDecoded ?? 0) > 0) {
    return say(
      "Flows are decoded but not stored",
      "The spool or the store does not write them: see its counters in the strip above.",
    );
  }
  if ((pipeline.datagramsReceived ?? 0) > 0) {
    return say(
      "Datagrams arrive but no records are decoded",
      "Their template may not have arrived yet, or they have another format: see the decoder's counters above.",
    );
  }
  if ((pipeline.recordsExported ?? 0) > 0) {
    return say(
      "Records are exported but the collector receives nothing",
      "Check that the exporter sends to the collector's address and port.",
    );
  }
  if ((pipeline.packetsAccounted ?? 0) > 0) {
    return say(
      "Packets are metered; no record has been exported yet",
      "A flow is exported when it ends or at the active timeout.",
    );
  }
  if ((pipeline.packetsSeen ?? 0) > 0) {
    return say(
      "Packets are seen but not metered",
      "The netflow node receives no packets: check that its iface hooks are connected.",
    );
  }
  if (pipeline.packetsSeen === null && pipeline.datagramsReceived === null) {
    return say("Neither a graph nor a collector is running", 'Start "ngflow graph" or "ngflow collect".');
  }
  return say(
    "No packets seen yet",
    "No packet passed the observation point, and no exporter has sent a datagram. Is there traffic on the interface?",
  );
}
