import { type AggregatePlan, displayValue, type FlowsPlan, isoTime, jsonInteger, type Metric } from "@ngflow/flows";
import { rowSlices } from "./row-slices.ts";
import type { Row } from "./sql-client.ts";

type Shown = Record<string, string | number | null>;

/** Columns of an aggregate's answer. */
export function aggregateColumns(plan: AggregatePlan, metric: Metric): string[] {
  return [...(plan.stepMs === null ? [] : ["time"]), ...plan.by, metric];
}

/** Rows of the dialect's `aggregate` as the answer shows them, in pieces. */
export function* aggregatePieces(plan: AggregatePlan, metric: Metric, answer: Uint8Array): Generator<Shown[]> {
  for (const rows of rowSlices(answer)) yield aggregateRows(plan, metric, rows);
}

function aggregateRows(plan: AggregatePlan, metric: Metric, rows: readonly Row[]): Shown[] {
  const seconds = (plan.stepMs ?? plan.toMs - plan.fromMs) / 1000;
  return rows.map((cells) => {
    const shown: Shown = {};
    let at = 0;
    if (plan.stepMs !== null) shown["time"] = isoTime(Number(cells[at++]));
    for (const column of plan.by) {
      const cell = cells[at++]!;
      shown[column] = cell === null ? null : displayValue(column, cell);
    }
    const total = BigInt(cells[at] ?? 0);
    if (metric === "bps") shown["bps"] = (Number(total) * 8) / seconds;
    else if (metric === "pps") shown["pps"] = Number(total) / seconds;
    else shown[metric] = jsonInteger(total);
    return shown;
  });
}

/** Rows of the dialect's `flows` as the answer shows them, in pieces. */
export function* flowPieces(plan: FlowsPlan, answer: Uint8Array): Generator<Record<string, string | number>[]> {
  for (const rows of rowSlices(answer)) yield flowRows(plan, rows);
}

function flowRows(plan: FlowsPlan, rows: readonly Row[]): Record<string, string | number>[] {
  return rows.map((cells) => {
    const shown: Record<string, string | number> = {};
    for (const [i, column] of plan.columns.entries()) shown[column] = displayValue(column, cells[i]!);
    return shown;
  });
}
