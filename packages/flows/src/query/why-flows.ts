import type { AggregatePlan } from "./aggregate-plan.ts";
import { columnsOf, valuesOf } from "./columns-of.ts";
import { columnsOfDimension, valuesOfDimension } from "./dimension.ts";
import { comparesFlows } from "./duplicates.ts";
import { isPerFlow } from "./per-flow.ts";
import { hasValue } from "./tier-values.ts";
import { longOf, rollUpsOf } from "./tiers.ts";
import { columnsOfValue, type ValueName } from "./value-by-name.ts";

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
  const asked = [...plan.by.flatMap(valuesOfDimension), ...valuesOf(plan.where)];
  if (!rollUps.some((tier) => asked.every((value) => hasValue(tier, value)))) {
    const isKnown = (value: ValueName): boolean => rollUps.some((tier) => hasValue(tier, value));
    const names = new Set(asked.flatMap<ValueName>((value) => (isKnown(value) ? [value] : columnsOfValue(value))));
    const alone = [...names].filter((name) => !isKnown(name));
    if (alone.length > 0) return `there are no sums by ${listed(alone)}`;
    return `there are no sums by ${listed([...names])} together`;
  }
  return "the range or its bins are narrower than those of the sums, or the sums do not go back so far";
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
