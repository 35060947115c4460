import type { ColumnPlan } from "./column-plan.ts";
import { compilePlan } from "./compile-plan.ts";
import type { RowArrays } from "./row-arrays.ts";

/** Plans that are compiled at a time. Beyond it, the one that was compiled first is interpreted again. */
const MOST_PLANS = 1024;

/** Compiles the plans of templates that bring many records, a bounded number of them. */
export class PlanCompiler {
  readonly #rows: RowArrays;
  readonly #after: number;
  readonly #plans: ColumnPlan[] = [];
  #next = 0;

  /** @param after records of a template before its plan is compiled; Infinity for never */
  constructor(rows: RowArrays, after: number) {
    this.#rows = rows;
    this.#after = after;
  }

  /** Counts records of a plan that is not compiled. When they are many it is compiled: then true. */
  count(plan: ColumnPlan, records: number): boolean {
    const { hot } = plan;
    hot.records += records;
    if (hot.records < this.#after) return false;
    // The next try is after as many records again.
    hot.records = 0;
    if (hot.compiled !== undefined) return false;
    hot.compiled = compilePlan(plan, this.#rows);
    if (hot.compiled === undefined) return false;
    const before = this.#plans[this.#next];
    if (before !== undefined) before.hot.compiled = undefined;
    this.#plans[this.#next] = plan;
    this.#next = (this.#next + 1) % MOST_PLANS;
    return true;
  }
}
