import { FlowBatch } from "@ngflow/flows";
import { createSpool, spoolDirectory } from "@ngflow/store";

interface LongFlows {
  readonly rows: number;
  /** How long each flow was; they end now. */
  readonly lengthMs: number;
  /** How often the same rows are written. Default 1. */
  readonly blocks?: number;
}

/** Fills the spool of a data directory that no process has open with flows, each of an address of its own. */
export async function writeLongFlows(data: string, { rows, lengthMs, blocks = 1 }: LongFlows): Promise<void> {
  const spool = createSpool({ directory: spoolDirectory(data) });
  await spool.start();
  const nowMs = Date.now();
  const batch = new FlowBatch(rows);
  const wide = (column: "TimeStart" | "TimeEnd" | "TimeReceived" | "Bytes", row: number, value: number): void => {
    batch.columns[column].set([value % 2 ** 32, Math.floor(value / 2 ** 32)], 2 * row);
  };
  for (let row = 0; row < rows; row++) {
    batch.columns.SrcAddr.set([0x20, 1, 0xd, 0xb8, row >> 8, row & 255], row * 16);
    wide("TimeStart", row, nowMs - lengthMs);
    wide("TimeEnd", row, nowMs);
    wide("TimeReceived", row, nowMs);
    wide("Bytes", row, 1e12 + row);
  }
  batch.rows = rows;
  for (let block = 0; block < blocks; block++)
    if (spool.write(batch) !== rows) throw new Error("the flows do not fit into the spool");
  await spool.stop();
}
