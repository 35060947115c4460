import type { FlowBatch, FlowColumns } from "@ngflow/flows";

/** The columns of one FlowBatch with the word views that the copy loops use; made once per batch. */
export interface RowArrays {
  readonly batch: FlowBatch;
  readonly columns: FlowColumns;
  /** Four little-endian words a row over the 16 bytes of an address. */
  readonly exporterWords: Uint32Array;
  readonly srcWords: Uint32Array;
  readonly dstWords: Uint32Array;
  readonly nextHopWords: Uint32Array;
}

/** Views over the columns of a batch. */
export function rowArrays(batch: FlowBatch): RowArrays {
  const { columns } = batch;
  return {
    batch,
    columns,
    exporterWords: new Uint32Array(columns.ExporterAddr.buffer),
    srcWords: new Uint32Array(columns.SrcAddr.buffer),
    dstWords: new Uint32Array(columns.DstAddr.buffer),
    nextHopWords: new Uint32Array(columns.NextHop.buffer),
  };
}
