import { facts, type Finding, type Judge, type JudgeDeps, type JudgedBin } from "../judge.ts";
import { type Bin, readBins } from "../read-bins.ts";
import type { RuleOf } from "../rule.ts";
import { LastSeen } from "./last-seen.ts";
import { binSpec } from "./threshold.ts";

const BY = ["ExporterAddr", "SamplingRate"];

/** A sampling rate that an exporter did not have before, while the exporter itself is known. */
export function samplingChanged(rule: RuleOf<"sampling-changed">, deps: JudgeDeps): Judge {
  const spec = binSpec(rule, { by: BY, metric: "flows", time: "arrival" });
  const seen = new LastSeen(spec, rule.seen, deps);

  function judged(bin: Bin): JudgedBin {
    const rates = new Map<unknown, number>();
    for (const [, values] of seen.before(bin)) rates.set(values["ExporterAddr"], Number(values["SamplingRate"]));
    const breaches = new Map<string, Finding>();
    for (const [key, { values }] of bin.groups) {
      const before = rates.get(values["ExporterAddr"]);
      if (before === undefined || seen.wasSeen(key, bin)) continue;
      breaches.set(key, { values, verdict: "breach", value: Number(values["SamplingRate"]), reference: before });
    }
    const of: JudgedBin["of"] = (key, values) =>
      breaches.get(key) ?? { values, verdict: "clear", value: Number(values["SamplingRate"]), reference: null };
    return { ...facts(bin), breaches, of };
  }

  return {
    async judge(range, signal) {
      const { bins, settledMs } = await readBins(deps.ask, spec, range, deps.nowMs(), signal);
      if (bins.length > 0) await seen.begin(range.fromMs, signal);
      const all = bins.map((bin) => {
        const said = judged(bin);
        seen.add(bin);
        return said;
      });
      return { bins: all, settledMs, waitsFor: null };
    },
  };
}
