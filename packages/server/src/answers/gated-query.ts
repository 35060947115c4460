import { DEFAULT_TOP, groupsOf, type PieceReader, type QueryResult, type QuerySpec, rowsOf } from "@ngflow/flows";
import type { QueryCost, QueryGate } from "./query-gate.ts";

/** The whole answer to a query, when it is its turn. */
export async function gatedQuery(
  gate: QueryGate,
  reader: PieceReader,
  spec: QuerySpec,
  { caller, signal }: Pick<QueryCost, "caller" | "signal">,
): Promise<QueryResult> {
  const rows = rowsOf(spec, spec.stepMs ?? null, groupsOf(spec.by, spec.top ?? DEFAULT_TOP));
  const held = await gate.run({ caller, rows, signal }, (ending) => reader.queryInPieces(spec, { signal: ending }));
  try {
    return { ...held.answer.frame, rows: [...held.answer.pieces].flat() };
  } finally {
    held.release();
  }
}
