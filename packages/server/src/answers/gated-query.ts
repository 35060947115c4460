import { DEFAULT_TOP, groupsOf, type PieceReader, type QueryResult, type QuerySpec, rowsOf } from "@ngflow/flows";
import type { QueryGate } from "./query-gate.ts";

/** The whole answer to a query of the server itself, when it is its turn among those of the callers. */
export async function gatedQuery(
  gate: QueryGate,
  reader: PieceReader,
  spec: QuerySpec,
  signal?: AbortSignal,
): Promise<QueryResult> {
  const rows = rowsOf(spec, spec.stepMs ?? null, groupsOf(spec.by, spec.top ?? DEFAULT_TOP));
  const held = await gate.run({ rows, signal }, (ending) => reader.queryInPieces(spec, { signal: ending }));
  try {
    return { ...held.answer.frame, rows: [...held.answer.pieces].flat() };
  } finally {
    held.release();
  }
}
