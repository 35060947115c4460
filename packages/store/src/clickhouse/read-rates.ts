import { type AggregatePlan, comparesFlows, type ReadProgress } from "@ngflow/flows";
import { isWide } from "./wide-groups.ts";

/** What makes answers quick or slow: the groups, and whether rows are cut into bins or compared. */
type Kind = "wide" | "binned" | "plain" | "compared" | "flows" | "sql";

/** Rows a millisecond on two cores of 2024, before any answer was seen. */
const USUAL: Readonly<Record<Kind, number>> = {
  ...{ wide: 8000, binned: 5000, plain: 10_000 },
  ...{ compared: 5000, flows: 8000, sql: 8000 },
};
/** What every answer takes, milliseconds. */
const LEAST_MS = 20;
/** Of answers that read fewer rows, the time says little. */
const MEASURED_ROWS = 200_000;

/** How many rows of a kind of question are read in a time, as the last answers took. */
export class ReadRates {
  readonly #rates = new Map<Kind, number>();

  /** An answer is so far. */
  measured(kind: Kind, { rows, elapsedMs }: ReadProgress): void {
    if (rows < MEASURED_ROWS || elapsedMs <= LEAST_MS) return;
    this.#rates.set(kind, rows / elapsedMs);
  }

  /** How long a question of a kind that reads so many rows takes, nearly, in whole milliseconds. */
  aboutMs(kind: Kind, rows: number): number {
    return Math.round(LEAST_MS + rows / (this.#rates.get(kind) ?? USUAL[kind]));
  }
}

/** The kind of an aggregate. */
export function kindOf(plan: AggregatePlan): Kind {
  if (comparesFlows(plan.duplicates)) return "compared";
  if (plan.stepMs !== null || plan.statistic !== "total" || plan.order !== "total") return "binned";
  return isWide(plan) ? "wide" : "plain";
}
