import type { PieceReader, QueryCost, QuerySpec } from "@ngflow/flows";
import { ApiError } from "../errors.ts";

/** Costs that are asked for at once: each takes a few milliseconds of the session that also cancels queries. */
const MAX_AT_ONCE = 8;

/** What queries would read, of a store that knows. */
export class Costs {
  readonly #reader: PieceReader;
  #asking = 0;

  constructor(reader: PieceReader) {
    this.#reader = reader;
  }

  /** @throws ApiError `not-found`, `too-many-queries`; FlowsError and FilterError for a query that is not valid. */
  async of(spec: QuerySpec): Promise<QueryCost> {
    if (this.#reader.cost === undefined) throw new ApiError("not-found", "this server has no database with costs");
    if (this.#asking >= MAX_AT_ONCE)
      throw new ApiError("too-many-queries", `${MAX_AT_ONCE} costs are being looked up already; try again shortly`);
    this.#asking++;
    try {
      return await this.#reader.cost(spec);
    } finally {
      this.#asking--;
    }
  }
}
