import type { PieceReader } from "@ngflow/flows";

/** All that a reader can, passed on: who changes a part of it spreads this and writes only that part. */
export function passOn(reader: PieceReader): PieceReader {
  return {
    queryInPieces: (spec, options) => reader.queryInPieces(spec, options),
    flowsInPieces: (spec, options) => reader.flowsInPieces(spec, options),
    ...(reader.cost && { cost: (spec, options) => reader.cost!(spec, options) }),
    ...(reader.flowsCost && { flowsCost: (spec, options) => reader.flowsCost!(spec, options) }),
    ...(reader.sqlCost && { sqlCost: (spec, options) => reader.sqlCost!(spec, options) }),
    ...(reader.sqlInPieces && { sqlInPieces: (spec, options) => reader.sqlInPieces!(spec, options) }),
  };
}
