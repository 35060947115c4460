import type { Template } from "@ngflow/wire";

/** A field that a step needs in addition to its own; its place is rewritten per record when the template varies. */
export interface Operand {
  /** Index of the field in the template. */
  readonly field: number;
  offset: number;
  length: number;
}

/**
 * What a counter element counts (RFC 7012 section 3.2.3 and 3.2.4, and Cisco's NSEL guide for the last):
 * `delta`: since the previous report of the flow. `total`: since the flow began; a flow that is reported again repeats
 * what was counted. `deltaUntilEnd`: since the previous report, but in the report of the flow's end since it began.
 */
export type CounterMeaning = "delta" | "total" | "deltaUntilEnd";

/** The elements that do not count since the previous report. */
const MEANINGS: Readonly<Record<string, CounterMeaning>> = {
  octetTotalCount: "total",
  packetTotalCount: "total",
  postOctetTotalCount: "total",
  postPacketTotalCount: "total",
  layer2OctetTotalCount: "total",
  postLayer2OctetTotalCount: "total",
  initiatorOctets: "deltaUntilEnd",
  initiatorPackets: "deltaUntilEnd",
};

/** How the counters of a template become what a row counts: what its flow did since the previous row of the flow. */
export interface Counting {
  /** Meaning and field length of the elements that fill Bytes and Packets; undefined where nothing fills it. */
  readonly bytes: CounterSource | undefined;
  readonly packets: CounterSource | undefined;
  /**
   * `totals`: every row is compared with the previous one of its flow. `spread`: rows hold what was counted since; only
   * the start of long flows is looked at. `none`: nothing to do.
   */
  readonly mode: "totals" | "spread" | "none";
  /** firewallEvent and flowId, where the template has them. */
  readonly event: Operand | undefined;
  readonly flowId: Operand | undefined;
  /** Whether the template says when the flow began. */
  readonly hasStart: boolean;
}

interface CounterSource {
  readonly meaning: CounterMeaning;
  readonly length: number;
}

/**
 * The counting of a template.
 * @param bytes index of the field that fills Bytes, -1 for none; `packets` likewise
 */
export function countingOf(
  template: Template,
  bytes: number,
  packets: number,
  hasStart: boolean,
  operand: (name: string) => Operand | undefined,
): Counting {
  const event = operand("firewallEvent");
  const source = (index: number): CounterSource | undefined => {
    if (index < 0) return undefined;
    const { element, length } = template.fields[index]!;
    const meaning = MEANINGS[element!.name] ?? "delta";
    return { meaning: meaning === "deltaUntilEnd" && event === undefined ? "delta" : meaning, length };
  };
  const sources = { bytes: source(bytes), packets: source(packets) };
  const totals = [sources.bytes, sources.packets].some((one) => one !== undefined && one.meaning !== "delta");
  const counts = bytes >= 0 || packets >= 0;
  return {
    ...sources,
    mode: totals ? "totals" : counts && hasStart ? "spread" : "none",
    event,
    flowId: operand("flowId"),
    hasStart,
  };
}
