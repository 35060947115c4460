import { type ColumnName, COLUMNS, type FlowBatch } from "@ngflow/flows";

/** Columns that change places when a flow is seen from the other side. */
const SWAPPED: Partial<Record<ColumnName, ColumnName>> = {
  SrcAddr: "DstAddr",
  DstAddr: "SrcAddr",
  SrcPort: "DstPort",
  DstPort: "SrcPort",
  SrcMask: "DstMask",
  DstMask: "SrcMask",
  SrcAS: "DstAS",
  DstAS: "SrcAS",
  SrcMac: "DstMac",
  DstMac: "SrcMac",
  InIf: "OutIf",
  OutIf: "InIf",
};

/** Columns that are not known of the other direction unless a reverse element says so. */
const UNKNOWN = new Set<ColumnName>(["Bytes", "Packets", "NextHop", "TcpFlags", "Tos", "Direction", "EndReason"]);

const index = new Map<ColumnName, number>(COLUMNS.map((column, i) => [column.name, i]));
/** For every column the position of the one it is copied from, -1 for none. */
const FROM = COLUMNS.map(({ name }) => (UNKNOWN.has(name) ? -1 : index.get(SWAPPED[name] ?? name)!));

/** Writes row `row` as seen from the other side to row `other`. */
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
