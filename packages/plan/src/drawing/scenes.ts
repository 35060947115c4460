import type { Scene } from "./draw-svg.ts";
import type { Plan, PlanStep } from "../dry-run/plan.ts";
import { changeText, newTargets, refusalText } from "../sentences/sentences.ts";
import { trafficChanges } from "../sentences/verdict.ts";

/** Pictures of a plan in order: the beginning, every step, and the end if it differs. */
export function scenesOf(plan: Plan): Scene[] {
  const total = plan.steps.length;
  const start: Scene = {
    heading: `Step 0 of ${total}`,
    command: plan.modules.map((module) => module.command).join(", ") || "before the first command",
    note: `${plan.script}: the machine as it is before`,
    refused: false,
    picture: plan.start.picture,
    traffic: plan.start.traffic,
  };
  const steps = plan.steps.map((step, i): Scene => ({
    heading: `Step ${step.number} of ${total}`,
    command: step.command,
    note: noteOf(step, i === 0 ? plan.start.traffic : plan.steps[i - 1]!.traffic),
    refused: step.outcome === "refused" && !step.mayFail,
    picture: step.picture,
    traffic: step.traffic,
  }));
  if (plan.end === null) return [start, ...steps];
  const { changes, picture, traffic } = plan.end;
  const note = changes.map(changeText).join("; ");
  return [
    start,
    ...steps,
    { heading: `After step ${total}`, command: "ngctl ends", note, refused: false, picture, traffic },
  ];
}

/** What a step did, in one line. */
function noteOf(step: PlanStep, before: PlanStep["traffic"]): string {
  if (step.outcome === "not reached") return "not reached: ngctl stopped before";
  if (step.outcome !== "done") return refusalText(step);
  const meaning = trafficChanges(before, step.traffic);
  const parts = [...step.changes.map(changeText), ...newTargets(step.picture)];
  return parts.length > 0
    ? parts.join("; ")
    : meaning.length > 0
      ? meaning.join("; ")
      : "changes neither graph nor traffic";
}
