import { COLUMNS, type FlowBatch } from "@ngflow/flows";

const index = new Map<string, number>(COLUMNS.map(({ name }, i) => [name, i]));
/** For every column, the position of the column that a reverse row copies its value from; -1 for none. */
const FROM = COLUMNS.map(({ name, reverse, ...row }) =>
  reverse === "drop" ? -1 : index.get("opposite" in row ? row.opposite : name)!,
);

/** Writes to row `other` what row `row` is in the opposite direction. */
export function swapRow(batch: FlowBatch, row: number, other: number): void {
  for (let i = 0; i < FROM.length; i++) {
    const from = FROM[i]!;
    if (from < 0) continue;
    const out = batch.bytes[i]!;
    const width = out.length / batch.capacity;
    const source = batch.bytes[from]!;
    for (let k = 0; k < width; k++) out[other * width + k] = source[row * width + k]!;
  }
}
