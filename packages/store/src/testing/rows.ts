import { parseIp } from "@ngflow/base";
import { type ColumnName, COLUMNS, FlowBatch } from "@ngflow/flows";

/** A flow row by column name; addresses as text, the rest as integers; what is absent is zero (`::` for addresses). */
export type TestRow = Partial<Record<ColumnName, string | number | bigint>>;

/** A batch of exactly these rows. */
export function batchOf(rows: readonly TestRow[]): FlowBatch {
  const batch = new FlowBatch(Math.max(1, rows.length));
  for (const [r, row] of rows.entries()) {
    for (const { name, kind } of COLUMNS) {
      const value = row[name] ?? (kind === "ip" ? "::" : 0);
      const array = batch.columns[name];
      if (kind === "ip") (array as Uint8Array).set(parseIp(String(value))!, r * 16);
      else if (kind === "u64" || kind === "ms" || kind === "mac") {
        const wide = BigInt(value);
        array[2 * r] = Number(wide & 0xffff_ffffn);
        array[2 * r + 1] = Number(wide >> 32n);
      } else array[r] = Number(value);
    }
  }
  batch.rows = rows.length;
  return batch;
}
