import type { FlowColumn } from "../column.ts";
import { SAMPLING_NAMES } from "../sampling.ts";
import { TIME_SOURCE_NAMES } from "../time-source.ts";

/** How much it was, and how that is known. Rows of the column table. */
export const COUNTER_COLUMNS = [
  {
    name: "EndReason",
    kind: "u8",
    role: "attribute",
    label: "Flow end reason",
    elements: ["flowEndReason"],
    reverse: "drop",
  },
  {
    name: "Bytes",
    kind: "u64",
    role: "counter",
    label: "Bytes",
    elements: [
      "octetDeltaCount",
      "octetTotalCount",
      "initiatorOctets",
      "layer2OctetDeltaCount",
      "layer2OctetTotalCount",
      "postOctetDeltaCount",
      "postOctetTotalCount",
      "postLayer2OctetDeltaCount",
      "postLayer2OctetTotalCount",
    ],
    reverse: "drop",
    reverseElements: ["responderOctets"],
    show: { as: "bytes" },
  },
  {
    name: "Packets",
    kind: "u64",
    role: "counter",
    label: "Packets",
    elements: [
      "packetDeltaCount",
      "packetTotalCount",
      "initiatorPackets",
      "postPacketDeltaCount",
      "postPacketTotalCount",
    ],
    reverse: "drop",
    reverseElements: ["responderPackets"],
    show: { as: "count" },
  },
  {
    name: "SamplingRate",
    kind: "u32",
    role: "attribute",
    label: "Sampling rate",
    elements: ["samplingInterval", "samplingPacketInterval", "samplerRandomInterval"],
    reverse: "keep",
  },
  {
    name: "SamplingSource",
    kind: "u8",
    role: "attribute",
    label: "Source of the sampling rate",
    elements: [],
    reverse: "keep",
    names: SAMPLING_NAMES,
  },
  {
    name: "TimeSource",
    kind: "u8",
    role: "attribute",
    label: "Source of start and end",
    elements: [],
    reverse: "keep",
    names: TIME_SOURCE_NAMES,
  },
] as const satisfies readonly FlowColumn[];
