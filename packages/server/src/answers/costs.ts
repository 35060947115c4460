import type { FlowsCost, FlowsSpec, PieceReader, QueryCost, QuerySpec, ReadCost, SqlSpec } from "@ngflow/flows";
import { ApiError } from "../errors.ts";
import type { QueryCost as GateCost, QueryGate } from "./query-gate.ts";

/** Who asks. */
type Asking = Pick<GateCost, "caller" | "uninterruptible" | "signal">;

/**
 * What requests would read, of a store that knows. Each waits for its turn among the queries: the database may run a
 * part of a question to tell what it reads.
 */
export class Costs {
  readonly #reader: PieceReader;
  readonly #gate: QueryGate;

  constructor(reader: PieceReader, gate: QueryGate) {
    this.#reader = reader;
    this.#gate = gate;
  }

  /** @throws ApiError `not-found` and as a query. */
  of(spec: QuerySpec, asking: Asking): Promise<QueryCost> {
    return this.#ask(asking, (ending) => this.#reader.cost?.(spec, { signal: ending }));
  }

  /** The same of records. */
  ofFlows(spec: FlowsSpec, asking: Asking): Promise<FlowsCost> {
    return this.#ask(asking, (ending) => this.#reader.flowsCost?.(spec, { signal: ending }));
  }

  /** The same of SQL. */
  ofSql(spec: SqlSpec, asking: Asking): Promise<ReadCost> {
    const uninterruptible = true;
    return this.#ask({ ...asking, uninterruptible }, (ending) => this.#reader.sqlCost?.(spec, { signal: ending }));
  }

  async #ask<Cost>(asking: Asking, ask: (ending: AbortSignal) => Promise<Cost> | undefined): Promise<Cost> {
    const held = await this.#gate.run({ ...asking, rows: 1 }, async (ending) => {
      const asked = ask(ending);
      if (asked === undefined) throw new ApiError("not-found", "this server has no database with costs");
      return { cost: await asked, bytes: 0 };
    });
    held.release();
    return held.answer.cost;
  }
}
