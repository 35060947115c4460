import type { Ask } from "@ngflow/alerts";
import type { PieceReader } from "@ngflow/flows";
import type { Completenesses } from "../losses/completenesses.ts";
import { gatedQuery } from "./gated-query.ts";
import type { QueryGate } from "./query-gate.ts";

interface AskingDeps {
  readonly gate: QueryGate;
  readonly reader: PieceReader;
  readonly completeness: Completenesses;
}

/** Asks the store in the place of a caller; answers say what they lack. */
export function askAs(caller: string, { gate, reader, completeness }: AskingDeps): Ask {
  return async (spec, { signal } = {}) => {
    const lacks = await completeness.known();
    return completeness.added(await gatedQuery(gate, reader, spec, { caller, signal }), lacks);
  };
}
