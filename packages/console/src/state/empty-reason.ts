import type { Pipeline } from "@ngflow/server/client";

/** Why there is nothing to draw, and what to do. */
export interface EmptyReason {
  readonly title: string;
  readonly advice: string;
  /** What the page can do about it. */
  readonly action: "clear-filter" | "widen-range" | null;
}

/**
 * Names the first hop that has nothing (users ask for it more than for any chart). The hops behind the first empty one
 * decide nothing: where only a collector runs, no packet is ever seen, and that is right.
 */
export function emptyReason(pipeline: Pipeline | null, filter: string, rangeText: string): EmptyReason {
  const say = (title: string, advice: string, action: EmptyReason["action"] = null): EmptyReason => ({
    title,
    advice,
    action,
  });
  if (!pipeline) return say("Waiting for the server", "The pipeline has not reported yet.");
  if (pipeline.rowsStored > 0) {
    if (filter !== "") return say(`No flow matches the filter in the last ${rangeText}`, filter, "clear-filter");
    return say(`No flow in the last ${rangeText}`, "Older flows are stored; choose a longer range.", "widen-range");
  }
  if (pipeline.recordsDecoded > 0) {
    return say(
      "Flows are decoded but none is stored",
      "The spool or the store holds them back: see its counters in the strip above.",
    );
  }
  if (pipeline.datagramsReceived > 0) {
    return say(
      "Datagrams arrive but no record is decoded",
      "Their template may not have come yet, or they are of another format: see the decoder's counters above.",
    );
  }
  if (pipeline.recordsExported > 0) {
    return say(
      "Records are exported but the collector receives nothing",
      "Check that the exporting socket points at the collector's address and port.",
    );
  }
  if (pipeline.packetsAccounted > 0) {
    return say(
      "Packets are metered; the first record is on its way",
      "A flow is exported when it ends or at the active timeout.",
    );
  }
  if (pipeline.packetsSeen > 0) {
    return say(
      "Packets are seen but none is accounted",
      "The netflow node gets no packet: check that its iface hooks are connected.",
    );
  }
  return say(
    "No packet seen yet",
    "Nothing passed the observation point, and no exporter has sent a datagram. Is there traffic on the interface?",
  );
}
