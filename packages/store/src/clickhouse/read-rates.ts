import type { AggregatePlan, ReadProgress } from "@ngflow/flows";
import { isWide } from "./wide-groups.ts";

/** What makes answers quick or slow: the groups, and whether rows are cut into bins. */
type Kind = "wide" | "binned" | "plain";

/** Rows a millisecond on two cores of 2024, before any answer was seen. */
const USUAL: Readonly<Record<Kind, number>> = { wide: 8000, binned: 5000, plain: 10_000 };
/** What every answer takes, milliseconds. */
const LEAST_MS = 20;
/** Of answers that read fewer rows, the time says little. */
const MEASURED_ROWS = 200_000;

/** How many rows of a kind of question are read in a time, as the last answers took. */
export class ReadRates {
  readonly #rates = new Map<Kind, number>();

  /** An answer is so far. */
  measured(plan: AggregatePlan, { rows, elapsedMs }: ReadProgress): void {
    if (rows < MEASURED_ROWS || elapsedMs <= LEAST_MS) return;
    this.#rates.set(kindOf(plan), rows / elapsedMs);
  }

  /** How long a plan that reads so many rows takes, nearly, in whole milliseconds. */
  aboutMs(plan: AggregatePlan, rows: number): number {
    const kind = kindOf(plan);
    return Math.round(LEAST_MS + rows / (this.#rates.get(kind) ?? USUAL[kind]));
  }
}

function kindOf(plan: AggregatePlan): Kind {
  if (plan.stepMs !== null || plan.statistic !== "total" || plan.order !== "total") return "binned";
  return isWide(plan) ? "wide" : "plain";
}
