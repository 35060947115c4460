import type { Plan } from "@ngflow/plan";

/**
 * A plan in one word. `refused`: a step would be refused that the script does not expect to be, or the script ends with
 * a failure. `unclear`: a part is not understood, or a value that only the machine knows decides about a step.
 */
export function judge({
  steps,
  unclear,
  ended,
}: Pick<Plan, "steps" | "unclear" | "ended">): "ok" | "refused" | "unclear" {
  if (steps.some(({ outcome, mayFail }) => outcome === "refused" && !mayFail)) return "refused";
  if (unclear.length > 0 || steps.some(({ outcome }) => outcome === "unclear")) return "unclear";
  return ended !== null && ended.status !== null && ended.status !== 0 ? "refused" : "ok";
}
