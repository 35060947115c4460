import {
  type AggregatePlan,
  displayValue,
  type FlowsPlan,
  isoTime,
  jsonInteger,
  type MapValue,
  type QueryMetric,
  valueByName,
  type ValueName,
} from "@ngflow/flows";
import { rowSlices } from "./row-slices.ts";
import type { Row } from "./sql-text.ts";

type Shown = Record<string, string | number | null>;
type ShownFlow = Record<string, string | number | MapValue>;

/** Columns of an aggregate's answer. */
export function aggregateColumns(plan: AggregatePlan, metric: QueryMetric): string[] {
  return [
    ...(plan.stepMs === null ? [] : ["time"]),
    ...plan.by.map(({ name }) => name),
    metric,
    ...(plan.previous === undefined ? [] : ["previous"]),
  ];
}

/** Rows of the dialect's `aggregate` as the answer shows them, in pieces. */
export function* aggregatePieces(plan: AggregatePlan, metric: QueryMetric, answer: Uint8Array): Generator<Shown[]> {
  for (const rows of rowSlices(answer)) yield aggregateRows(plan, metric, rows);
}

function aggregateRows(plan: AggregatePlan, metric: QueryMetric, rows: readonly Row[]): Shown[] {
  const isTotal = plan.statistic === "total";
  const seconds = (plan.stepMs ?? (isTotal ? plan.toMs - plan.fromMs : plan.binMs)) / 1000;
  const isWhole = plan.statistic !== "average" && plan.measure.kind !== "bpp";
  const { measure } = plan;
  const isExtreme = measure.kind === "min" || measure.kind === "max";
  return rows.map((cells) => {
    const shown: Shown = {};
    let at = 0;
    if (plan.stepMs !== null) shown["time"] = isoTime(Number(cells[at++]));
    for (const { name, value, lookup } of plan.by) {
      const cell = cells[at++] as number | string | null;
      shown[name] = cell === null ? null : lookup ? lookup.texts[Number(cell)]! : displayValue(value, cell);
    }
    if (plan.previous !== undefined) shown["previous"] = summed(metric, cells[at + 1] as number | string, seconds);
    const cell = (cells[at] as number | string | null | undefined) ?? (measure.kind === "bpp" || isExtreme ? null : 0);
    if (metric === "bps" || metric === "pps") shown[metric] = summed(metric, cell!, seconds);
    else if (isExtreme) shown[metric] = cell === null ? null : extremeValue(measure.of, cell);
    else if (isWhole) shown[metric] = jsonInteger(BigInt(cell!));
    // There are no bytes per packet where there are no packets.
    else shown[metric] = cell === null ? null : Number(cell);
    return shown;
  });
}

/** A sum as a metric shows it: as a rate, or as it is. */
function summed(metric: QueryMetric, cell: number | string, seconds: number): number | string {
  if (metric === "bps") return (Number(cell) * 8) / seconds;
  return metric === "pps" ? Number(cell) / seconds : jsonInteger(BigInt(cell));
}

/** A number, or a time as text; names of values have no order. */
function extremeValue(of: ValueName, cell: number | string): number | string {
  return valueByName(of).kind === "ms" ? isoTime(Number(cell)) : jsonInteger(BigInt(cell));
}

/** Rows of the dialect's `flows` as the answer shows them, in pieces. */
export function* flowPieces(plan: FlowsPlan, answer: Uint8Array): Generator<ShownFlow[]> {
  for (const rows of rowSlices(answer)) yield flowRows(plan, rows);
}

function flowRows(plan: FlowsPlan, rows: readonly Row[]): ShownFlow[] {
  return rows.map((cells) => {
    const shown: ShownFlow = {};
    for (const [i, column] of plan.columns.entries()) {
      const cell = cells[i]!;
      shown[column] = typeof cell === "object" ? cell : displayValue(column, cell);
    }
    const { Extra, ExporterAddr, Domain } = shown;
    if (typeof Extra === "object") shown["Extra"] = plan.elements.rename(Extra, String(ExporterAddr), Number(Domain));
    let at = plan.columns.length;
    for (const { name, lookup } of plan.names) {
      shown[name] =
        lookup.table === undefined
          ? lookup.texts[Number(cells[at++])]!
          : lookup.table.nameOf(cells[plan.columns.indexOf(lookup.table.column)] as number | string);
    }
    return shown;
  });
}
