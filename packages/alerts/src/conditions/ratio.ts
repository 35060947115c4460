import type { QueryMetric } from "@ngflow/flows";
import { type Bounds, facts, type Finding, type Judge, type JudgeDeps, type JudgedBin, verdictOf } from "../judge.ts";
import { type Ask, type Bin, type BinSpec, type GroupValues, readBins, type TimeRange } from "../read-bins.ts";
import type { RuleOf } from "../rule.ts";
import { binSpec } from "./threshold.ts";

const WEEK_MS = 7 * 86_400_000;

/** The same windows of an earlier week; those in which nothing at all was recorded say nothing. */
interface Week {
  readonly bins: readonly Bin[];
  readonly recorded: ReadonlySet<number>;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function readWeek(
  ask: Ask,
  spec: BinSpec,
  { fromMs, toMs }: TimeRange,
  nowMs: number,
  signal?: AbortSignal,
): Promise<Week | null> {
  if (fromMs < 0) return null;
  const range = { fromMs, toMs };
  const { bins } = await readBins(ask, spec, range, nowMs, signal);
  const all = { ...spec, by: [], filter: "", metric: "packets" as const };
  const whole = (await readBins(ask, all, range, nowMs, signal)).bins;
  const recorded = new Set(whole.filter(({ groups, dark }) => groups.size > 0 && !dark).map((bin) => bin.fromMs));
  return { bins, recorded };
}

/** What a group usually has in the window of this place; undefined where no earlier week says it. */
function usualOf(weeks: readonly Week[], at: number, key: string): number | undefined {
  const values = weeks.flatMap(({ bins, recorded }) => {
    const bin = bins[at];
    if (bin === undefined || !recorded.has(bin.fromMs)) return [];
    const found = bin.groups.get(key);
    return found === undefined && bin.cut ? [] : [found?.value ?? 0];
  });
  return values.length === 0 ? undefined : median(values);
}

/** Compares each group with the median of the same window of previous weeks. */
export function ratio(rule: RuleOf<"ratio">, { ask, nowMs }: JudgeDeps): Judge {
  const spec = binSpec(rule, { by: rule.by, metric: rule.metric as QueryMetric });
  const times = (factor: number | undefined, usual: number): number | undefined =>
    factor === undefined ? undefined : factor * usual;
  const boundsOf = (usual: number): Bounds => ({
    above: times(rule.above, usual),
    below: times(rule.below, usual),
    clearBelow: times(rule["clear-below"], usual),
    clearAbove: times(rule["clear-above"], usual),
  });

  function judged(bin: Bin, usual: number | undefined, values: GroupValues, value: number | null): Finding {
    const reference = usual ?? null;
    const unknown: Finding = { values, value, reference, verdict: "unknown" };
    if (usual === undefined || value === null) return unknown;
    if (Math.max(value, usual) < rule.minimum) return { ...unknown, verdict: "clear" };
    const verdict = verdictOf(value, boundsOf(usual));
    return bin.dark && !(verdict === "breach" && rule.above !== undefined) ? unknown : { ...unknown, verdict };
  }

  function judgedBin(bin: Bin, weeks: readonly Week[], at: number): JudgedBin {
    const of = (key: string, values: GroupValues): Finding => {
      const value = bin.groups.get(key)?.value ?? (bin.cut ? null : 0);
      return judged(bin, usualOf(weeks, at, key), values, value);
    };
    const known = new Map<string, GroupValues>();
    // A group that usually has traffic may have none now.
    if (rule.below !== undefined)
      for (const { bins } of weeks) for (const [key, { values }] of bins[at]?.groups ?? []) known.set(key, values);
    for (const [key, { values }] of bin.groups) known.set(key, values);
    if (rule.by.length === 0) known.set("[]", {});
    const breaches = new Map<string, Finding>();
    for (const [key, values] of known) {
      const finding = of(key, values);
      if (finding.verdict === "breach") breaches.set(key, finding);
    }
    return { ...facts(bin), breaches, of };
  }

  return {
    async judge(range, signal) {
      const { bins, settledMs } = await readBins(ask, spec, range, nowMs(), signal);
      if (bins.length === 0) return { bins: [], settledMs, waitsFor: null };
      const toMs = bins.at(-1)!.toMs;
      const weeks: Week[] = [];
      for (let week = 1; week <= rule.weeks; week++) {
        const earlier = { fromMs: range.fromMs - week * WEEK_MS, toMs: toMs - week * WEEK_MS };
        const read = await readWeek(ask, spec, earlier, nowMs(), signal);
        if (read !== null) weeks.push(read);
      }
      const isNew = weeks.every(({ recorded }) => recorded.size === 0);
      const waitsFor = isNew ? "no earlier week is recorded at these times" : null;
      return { bins: bins.map((bin, i) => judgedBin(bin, weeks, i)), settledMs, waitsFor };
    },
  };
}
