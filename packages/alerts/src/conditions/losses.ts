import { LOSS_REASONS, type LossReason } from "@ngflow/flows";
import { facts, type Finding, type Judge, type JudgeDeps, type JudgedBin } from "../judge.ts";
import { type Bin, keyOf, readBins } from "../read-bins.ts";
import type { RuleOf } from "../rule.ts";
import { binSpec } from "./threshold.ts";

const BY = ["Reason"];

/** What the window is known to lack, by reason. That nobody counted is more than any number. */
function lossBin(bin: Bin, reasons: ReadonlySet<LossReason>, above: number): JudgedBin {
  const breaches = new Map<string, Finding>();
  for (const { reason, count } of bin.lost) {
    if (!reasons.has(reason) || (count !== null && count <= above)) continue;
    const values = { Reason: reason };
    breaches.set(keyOf(BY, values), { values, verdict: "breach", value: count, reference: above });
  }
  const of: JudgedBin["of"] = (key, values) => {
    const found = bin.lost.find(({ reason }) => reason === values["Reason"]);
    return breaches.get(key) ?? { values, verdict: "clear", value: found?.count ?? 0, reference: above };
  };
  return { ...facts(bin), breaches, of };
}

function judgeLosses(
  rule: RuleOf<"loss" | "template-missing">,
  reasons: readonly LossReason[],
  deps: JudgeDeps,
): Judge {
  const above = rule.condition === "loss" ? rule.above : 0;
  // Losses are noticed when they happen: nothing is under way.
  const spec = binSpec(rule, { by: [], metric: "flows", filter: "", time: "arrival" });
  const wanted = new Set(reasons);
  return {
    async judge(range, signal) {
      const { bins, settledMs } = await readBins(deps.ask, spec, range, deps.nowMs(), signal);
      return { bins: bins.map((bin) => lossBin(bin, wanted, above)), settledMs, waitsFor: null };
    },
  };
}

export function loss(rule: RuleOf<"loss">, deps: JudgeDeps): Judge {
  return judgeLosses(rule, rule.reasons ?? (Object.keys(LOSS_REASONS) as LossReason[]), deps);
}

export function templateMissing(rule: RuleOf<"template-missing">, deps: JudgeDeps): Judge {
  return judgeLosses(rule, ["template-absent", "template-awaited"], deps);
}
