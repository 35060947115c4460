import type { Judge, JudgeDeps } from "../judge.ts";
import type { AlertRule, ConditionName, RuleOf } from "../rule.ts";
import { loss, templateMissing } from "./losses.ts";
import { ratio } from "./ratio.ts";
import { samplingChanged } from "./sampling.ts";
import { absent, exporterSilent, newValue } from "./seen.ts";
import { clockOff, fanOut, shareOfSpeed, threshold } from "./threshold.ts";

type Judges = { readonly [Name in ConditionName]: (rule: RuleOf<Name>, deps: JudgeDeps) => Judge };

/** Every condition: a row each. */
const CONDITIONS: Judges = {
  threshold,
  "share-of-speed": shareOfSpeed,
  ratio,
  absent,
  new: newValue,
  "fan-out": fanOut,
  "exporter-silent": exporterSilent,
  "template-missing": templateMissing,
  "sampling-changed": samplingChanged,
  "clock-off": clockOff,
  loss,
};

/** What judges the windows of a rule. */
export function judgeOf(rule: AlertRule, deps: JudgeDeps): Judge {
  return (CONDITIONS[rule.condition] as (rule: AlertRule, deps: JudgeDeps) => Judge)(rule, deps);
}
