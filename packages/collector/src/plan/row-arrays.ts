import { type ColumnName, COLUMNS, type FlowBatch, type FlowColumns } from "@ngflow/flows";

/** The columns of one FlowBatch, and the word views that the copy loops use; made once per batch. */
export interface RowArrays {
  readonly batch: FlowBatch;
  readonly columns: FlowColumns;
  /** What a copy loop writes a column to: the column, or the words of an address column. */
  readonly out: Readonly<Record<ColumnName, Uint8Array | Uint16Array | Uint32Array>>;
  /** Four little-endian words a row over the 16 bytes of an address. */
  readonly exporterWords: Uint32Array;
  readonly srcWords: Uint32Array;
  readonly dstWords: Uint32Array;
}

/** Views over the columns of a batch. */
export function rowArrays(batch: FlowBatch): RowArrays {
  const { columns } = batch;
  const out = Object.fromEntries(
    COLUMNS.map(({ name, kind }) => [name, kind === "ip" ? words(columns[name]) : columns[name]]),
  ) as RowArrays["out"];
  return {
    batch,
    columns,
    out,
    exporterWords: words(columns.ExporterAddr),
    srcWords: words(columns.SrcAddr),
    dstWords: words(columns.DstAddr),
  };
}

function words(column: Uint8Array | Uint16Array | Uint32Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.byteLength / 4);
}
