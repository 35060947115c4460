import type { AggregatePlan } from "./aggregate-plan.ts";
import { columnsOf } from "./columns-of.ts";
import { columnsOfDimension } from "./dimension.ts";
import { comparesFlows } from "./duplicates.ts";
import { isPerFlow } from "./per-flow.ts";
import { longOf, rollUpsOf } from "./tiers.ts";

/** Why an aggregate reads flows one by one, a sentence for people; null if it reads only sums of roll-ups. */
export function whyFlows(plan: AggregatePlan): string | null {
  const [first] = plan.tiers;
  const fromFlows = plan.segments.filter(({ tier }) => tier === first);
  if (fromFlows.length === 0) return null;
  if (fromFlows.length < plan.segments.length)
    return "the ends of the range are no whole bins of the sums, or the sums do not go back so far";
  return whyAll(plan);
}

function whyAll(plan: AggregatePlan): string {
  const rollUps = rollUpsOf(plan.tiers);
  if (rollUps.length === 0 || longOf(plan.tiers) === undefined) return "this store has no sums";
  if (!plan.scaled) return "sums are multiplied by the sampling rate, so counters as exported are only in the flows";
  if (plan.arrival) return "sums are by the time of the flow, not of its arrival";
  if (comparesFlows(plan.duplicates)) return "duplicates are found among single flows, which sums do not have";
  const { measure } = plan;
  if ("of" in measure) return `${measure.kind} is of single flows, which sums do not have`;
  const filtered = columnsOf(plan.where);
  const single = [...filtered, ...plan.by.flatMap(columnsOfDimension)].find(isPerFlow);
  if (single !== undefined) return `${single} is of single flows, which sums do not have`;
  const asked = [...new Set([...plan.by.flatMap(columnsOfDimension), ...filtered])];
  const lacking = rollUps.map(({ columns }) => asked.filter((name) => !columns.includes(name)));
  if (lacking.every((names) => names.length > 0)) {
    const alone = asked.filter((name) => !rollUps.some(({ columns }) => columns.includes(name)));
    if (alone.length > 0) return `there are no sums by ${listed(alone)}`;
    return `there are no sums by ${listed(asked)} together`;
  }
  return "the range or its bins are narrower than those of the sums, or the sums do not go back so far";
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
