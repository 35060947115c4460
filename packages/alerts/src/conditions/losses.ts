import { LOSS_REASONS, type LossReason } from "@ngflow/flows";
import { facts, type Finding, type Judge, type JudgeDeps, type JudgedBin } from "../judge.ts";
import { type Bin, keyOf, readBins } from "../read-bins.ts";
import type { RuleOf } from "../rule.ts";
import { binSpec } from "./threshold.ts";

const BY = ["Reason", "ExporterAddr"];

/** A loss of an exporter, or of all together; that nobody counted is more than any number. */
interface Lost {
  readonly values: { readonly Reason: LossReason; readonly ExporterAddr?: string };
  readonly count: number | null;
}

/** What a window lacks: by reason, and by exporter where that is wanted and known. */
function lostOf({ lost }: Bin, byExporter: boolean): readonly Lost[] {
  return lost.flatMap(({ reason: Reason, count, by = [] }): Lost[] => {
    if (!byExporter || count === null) return [{ values: { Reason }, count }];
    const rest = by.reduce((left, each) => left - each.count, count);
    return [
      ...by.map((each) => ({ values: { Reason, ExporterAddr: each.exporter }, count: each.count })),
      ...(rest > 0 ? [{ values: { Reason }, count: rest }] : []),
    ];
  });
}

/** What the window is known to lack. */
function lossBin(bin: Bin, reasons: ReadonlySet<LossReason>, above: number, byExporter: boolean): JudgedBin {
  const breaches = new Map<string, Finding>();
  const found = lostOf(bin, byExporter);
  for (const { values, count } of found) {
    if (!reasons.has(values.Reason) || (count !== null && count <= above)) continue;
    breaches.set(keyOf(BY, values), { values, verdict: "breach", value: count, reference: above });
  }
  const of: JudgedBin["of"] = (key, values) => {
    const same = found.find((each) => keyOf(BY, each.values) === keyOf(BY, values));
    return breaches.get(key) ?? { values, verdict: "clear", value: same?.count ?? 0, reference: above };
  };
  return { ...facts(bin), breaches, of };
}

function judgeLosses(
  rule: RuleOf<"loss" | "template-missing">,
  reasons: readonly LossReason[],
  deps: JudgeDeps,
): Judge {
  const above = rule.condition === "loss" ? rule.above : 0;
  const byExporter = rule.condition === "loss" && rule["by-exporter"] === true;
  // Losses are noticed when they happen: nothing is under way.
  const spec = binSpec(rule, { by: [], metric: "flows", filter: "", time: "arrival" });
  const wanted = new Set(reasons);
  return {
    async judge(range, signal) {
      const { bins, settledMs } = await readBins(deps.ask, spec, range, deps.nowMs(), signal);
      return { bins: bins.map((bin) => lossBin(bin, wanted, above, byExporter)), settledMs, waitsFor: null };
    },
  };
}

export function loss(rule: RuleOf<"loss">, deps: JudgeDeps): Judge {
  return judgeLosses(rule, rule.reasons ?? (Object.keys(LOSS_REASONS) as LossReason[]), deps);
}

export function templateMissing(rule: RuleOf<"template-missing">, deps: JudgeDeps): Judge {
  return judgeLosses(rule, ["template-absent", "template-awaited"], deps);
}
