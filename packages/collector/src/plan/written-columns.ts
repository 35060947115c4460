import { type ColumnName, COLUMNS } from "@ngflow/flows";
import type { RowArrays } from "./row-arrays.ts";

/** What a step writes. */
interface Writer {
  readonly out: RowArrays["out"][ColumnName];
}

/** Columns that are written whatever the fields of a template: what decode-rows.ts and count-rows.ts fill. */
const ALWAYS: ReadonlySet<ColumnName> = new Set<ColumnName>([
  ...(["TimeReceived", "TimeStart", "TimeEnd", "TimeSource", "ExporterAddr", "Domain", "Version"] as const),
  ...(["IpVersion", "SamplingRate", "SamplingSource", "IcmpType", "IcmpCode", "Bytes", "Packets"] as const),
]);

/**
 * Positions in COLUMNS of the columns that the records of a template may write. A second direction copies the first one
 * with all its columns, to the opposite ones.
 */
export function writtenColumns(steps: readonly Writer[], reverse: readonly Writer[], { out }: RowArrays): Uint8Array {
  const written = new Set(steps.map((step) => step.out));
  const positions = COLUMNS.flatMap(({ name }, position) =>
    reverse.length > 0 || ALWAYS.has(name) || written.has(out[name]) ? [position] : [],
  );
  return Uint8Array.from(positions);
}
