import type { FlowColumn } from "../column.ts";

/** When a flow was, and who exported it. Rows of the column table. */
export const ORIGIN_COLUMNS = [
  { name: "TimeReceived", kind: "ms", role: "time", label: "Received", elements: [], reverse: "keep" },
  {
    name: "TimeStart",
    kind: "ms",
    role: "time",
    label: "Start",
    elements: [
      "flowStartMilliseconds",
      "flowStartSeconds",
      "flowStartSysUpTime",
      "flowStartMicroseconds",
      "flowStartNanoseconds",
      "flowStartDeltaMicroseconds",
      "observationTimeMilliseconds",
      "observationTimeMicroseconds",
      "observationTimeNanoseconds",
      "observationTimeSeconds",
    ],
    reverse: "keep",
  },
  {
    name: "TimeEnd",
    kind: "ms",
    role: "time",
    label: "End",
    elements: [
      "flowEndMilliseconds",
      "flowEndSeconds",
      "flowEndSysUpTime",
      "flowEndMicroseconds",
      "flowEndNanoseconds",
      "flowEndDeltaMicroseconds",
      "observationTimeMilliseconds",
      "observationTimeMicroseconds",
      "observationTimeNanoseconds",
      "observationTimeSeconds",
    ],
    reverse: "keep",
  },
  {
    name: "ExporterAddr",
    kind: "ip",
    role: "dimension",
    label: "Exporter",
    elements: [],
    reverse: "keep",
    aliases: ["exporter", "router"],
  },
  { name: "Domain", kind: "u32", role: "dimension", label: "Observation domain", elements: [], reverse: "keep" },
  // The number of the protocol in PROTOCOLS of @ngflow/wire, which is unique: NetFlow v5 is 5, sFlow v5 is not.
  { name: "Version", kind: "u8", role: "dimension", label: "Export version", elements: [], reverse: "keep" },
] as const satisfies readonly FlowColumn[];
