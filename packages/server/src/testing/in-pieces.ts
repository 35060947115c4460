import type { AnswerInPieces, FlowReader, PieceReader } from "@ngflow/flows";

/** A reader whose answers are one piece each, from a reader of whole answers. */
export function inPieces(reader: FlowReader): PieceReader {
  const piece = <T extends { readonly rows: readonly object[] }>(answer: T): AnswerInPieces<T> => ({
    frame: { ...answer, rows: [] },
    pieces: [answer.rows] as T["rows"][],
    bytes: 100 * answer.rows.length,
  });
  return {
    queryInPieces: async (spec, options) => piece(await reader.query(spec, options)),
    flowsInPieces: async (spec, options) => piece(await reader.flows(spec, options)),
  };
}
