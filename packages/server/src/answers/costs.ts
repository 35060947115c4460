import type { FlowsCost, FlowsSpec, PieceReader, QueryCost, QuerySpec, ReadCost, SqlSpec } from "@ngflow/flows";
import { ApiError } from "../errors.ts";
import type { QueryGate } from "./query-gate.ts";

/** Costs that are asked for at once: each takes a few milliseconds of the session that also cancels queries. */
const MAX_AT_ONCE = 8;

/** What requests would read, of a store that knows. */
export class Costs {
  readonly #reader: PieceReader;
  readonly #gate: QueryGate;
  #asking = 0;

  constructor(reader: PieceReader, gate: QueryGate) {
    this.#reader = reader;
    this.#gate = gate;
  }

  /** @throws ApiError `not-found`, `too-many-queries`; FlowsError and FilterError for a query that is not valid. */
  of(spec: QuerySpec): Promise<QueryCost> {
    return this.#ask(this.#reader.cost && (() => this.#reader.cost!(spec)));
  }

  /** The same of records. */
  ofFlows(spec: FlowsSpec): Promise<FlowsCost> {
    return this.#ask(this.#reader.flowsCost && (() => this.#reader.flowsCost!(spec)));
  }

  /**
   * The same of SQL, when it is its turn among queries: subqueries of the statement may run for it.
   * @throws ApiError also as a query.
   */
  async ofSql(spec: SqlSpec, signal?: AbortSignal): Promise<ReadCost> {
    if (this.#reader.sqlCost === undefined) throw absent();
    const held = await this.#gate.run({ rows: 1, signal }, async (ending) => {
      return { cost: await this.#reader.sqlCost!(spec, { signal: ending }), bytes: 0 };
    });
    held.release();
    return held.answer.cost;
  }

  async #ask<Cost>(ask: (() => Promise<Cost>) | undefined): Promise<Cost> {
    if (ask === undefined) throw absent();
    if (this.#asking >= MAX_AT_ONCE)
      throw new ApiError("too-many-queries", `${MAX_AT_ONCE} costs are being looked up already; try again shortly`);
    this.#asking++;
    try {
      return await ask();
    } finally {
      this.#asking--;
    }
  }
}

const absent = (): ApiError => new ApiError("not-found", "this server has no database with costs");
