import { inPieces } from "./in-pieces.ts";
import {
  FilterError,
  type FlowReader,
  type FlowsResult,
  type FlowsSpec,
  type PieceReader,
  type QueryResult,
  type QuerySpec,
} from "@ngflow/flows";

/** A flow of the test: a few dimensions, one time, and its counters. */
export interface ArrayFlow {
  readonly timeMs: number;
  readonly Proto: string;
  readonly SrcAddr: string;
  readonly DstAddr: string;
  readonly DstPort: number;
  readonly bytes: number;
  readonly packets: number;
}

/**
 * A reader over an array, for tests of code in front of a store. It knows one form of filter, `Name = value`;
 * anything else is refused the way a store refuses it.
 */
export function arrayReader(flows: readonly ArrayFlow[]): PieceReader & { readonly specs: QuerySpec[] } {
  const specs: QuerySpec[] = [];
  const pick = (spec: { fromMs: number; toMs: number; filter?: string }): ArrayFlow[] => {
    let kept = flows.filter((flow) => flow.timeMs >= spec.fromMs && flow.timeMs < spec.toMs);
    if (spec.filter === undefined) return kept;
    const match = /^(\w+) = (\S+)$/.exec(spec.filter);
    if (!match) throw new FilterError("unexpected text", 0, spec.filter);
    kept = kept.filter((flow) => String(flow[match[1] as keyof ArrayFlow]) === match[2]);
    return kept;
  };
  const reader: FlowReader = {
    async query(spec): Promise<QueryResult> {
      specs.push(spec);
      const sums = new Map<string, Record<string, string | number | null>>();
      for (const flow of pick(spec)) {
        const row: Record<string, string | number | null> = {};
        for (const name of spec.by) row[name] = flow[name as keyof ArrayFlow] ?? null;
        if (spec.stepMs !== undefined) {
          row["time"] = new Date(Math.floor(flow.timeMs / spec.stepMs) * spec.stepMs).toISOString();
        }
        const key = JSON.stringify(row);
        const sum = sums.get(key) ?? { ...row, [spec.metric]: 0 };
        sum[spec.metric] = Number(sum[spec.metric]) + (spec.metric === "packets" ? flow.packets : flow.bytes);
        sums.set(key, sum);
      }
      return {
        from: new Date(spec.fromMs).toISOString(),
        to: new Date(spec.toMs).toISOString(),
        step: spec.stepMs === undefined ? null : spec.stepMs / 1000,
        columns: [...spec.by, spec.metric],
        rows: [...sums.values()]
          .sort((a, b) => Number(b[spec.metric]) - Number(a[spec.metric]))
          .slice(0, spec.by.length === 0 ? undefined : spec.top),
        tier: "array",
        elapsedMs: 0,
      };
    },
    async flows(spec: FlowsSpec): Promise<FlowsResult> {
      const rows = pick(spec)
        .slice(0, spec.limit)
        .map((flow) => ({
          TimeEnd: new Date(flow.timeMs).toISOString(),
          Proto: flow.Proto,
          SrcAddr: flow.SrcAddr,
          DstAddr: flow.DstAddr,
          DstPort: flow.DstPort,
          Bytes: flow.bytes,
          Packets: flow.packets,
        }));
      return {
        from: new Date(spec.fromMs).toISOString(),
        to: new Date(spec.toMs).toISOString(),
        columns: ["TimeEnd", "Proto", "SrcAddr", "DstAddr", "DstPort", "Bytes", "Packets"],
        rows,
        elapsedMs: 0,
      };
    },
  };
  return { specs, ...inPieces(reader) };
}
