import { DEFAULT_TOP } from "@ngflow/flows";
import { facts, type Finding, type Judge, type JudgeDeps, type JudgedBin } from "../judge.ts";
import { type Bin, type BinSpec, type GroupValues, readBins, type TimeRange } from "../read-bins.ts";
import type { RuleOf } from "../rule.ts";
import { LastSeen } from "./last-seen.ts";
import { binSpec, both } from "./threshold.ts";

/** Most groups of a window that are looked up one by one, because there are more than were remembered. */
const MOST_LOOKUPS = 50;

const finding = (values: GroupValues, verdict: Finding["verdict"]): Finding => ({
  values,
  verdict,
  value: null,
  reference: null,
});

/** What a window says where nothing is flowing that matches, or of the groups that were seen before and are not now. */
function absentBin(bin: Bin, seen: LastSeen | null): JudgedBin {
  const breaches = new Map<string, Finding>();
  const isUnknown = bin.dark || bin.cut;
  if (!isUnknown) {
    if (seen === null && bin.groups.size === 0) breaches.set("[]", { ...finding({}, "breach"), value: 0 });
    for (const [key, values] of seen?.before(bin) ?? [])
      if (!bin.groups.has(key)) breaches.set(key, { ...finding(values, "breach"), value: 0 });
  }
  const of: JudgedBin["of"] = (key, values) =>
    breaches.get(key) ?? finding(values, isUnknown && !bin.groups.has(key) ? "unknown" : "clear");
  return { ...facts(bin), breaches, of };
}

function judgeAbsence(spec: BinSpec, backMs: number, deps: JudgeDeps): Judge {
  const seen = spec.by.length === 0 ? null : new LastSeen(spec, backMs, deps);
  return {
    async judge(range, signal) {
      const { bins, settledMs } = await readBins(deps.ask, spec, range, deps.nowMs(), signal);
      if (bins.length > 0) await seen?.begin(range.fromMs, signal);
      const judged = bins.map((bin) => {
        const said = absentBin(bin, seen);
        seen?.add(bin);
        return said;
      });
      return { bins: judged, settledMs, waitsFor: null };
    },
  };
}

/** Nothing that matches flowed; by dimensions, nothing of a group that did before. */
export function absent(rule: RuleOf<"absent">, deps: JudgeDeps): Judge {
  return judgeAbsence(binSpec(rule, { by: rule.by, metric: "packets" }), rule.seen, deps);
}

/** An exporter that sent before sends nothing: by when flows were received. */
export function exporterSilent(rule: RuleOf<"exporter-silent">, deps: JudgeDeps): Judge {
  const spec = binSpec(rule, { by: ["ExporterAddr"], metric: "flows", time: "arrival" });
  return judgeAbsence(spec, rule.seen, deps);
}

const literal = (value: string | number): string =>
  /^[\w.:]+$/.test(String(value)) ? String(value) : `"${String(value).replaceAll('"', "")}"`;

/** Whether a group has a flow in a range, asked of the store. */
async function isStored(spec: BinSpec, values: GroupValues, range: TimeRange, deps: JudgeDeps, signal?: AbortSignal) {
  const terms = Object.entries(values).map(([name, value]) => `${name} = ${literal(value)}`);
  const filter = both(spec.filter, terms.join(" and "));
  const { rows } = await deps.ask({ by: [], metric: "packets", filter, top: DEFAULT_TOP, ...range }, { signal });
  return rows.some((row) => Number(row["packets"] ?? 0) > 0);
}

/** A value of a dimension that no flow had before. */
export function newValue(rule: RuleOf<"new">, deps: JudgeDeps): Judge {
  const spec = binSpec(rule, { by: rule.by, metric: "packets" });
  const seen = new LastSeen(spec, rule.seen, deps);
  const isPlain = rule.by.every((name) => !name.includes("/"));

  async function judged(bin: Bin, signal?: AbortSignal): Promise<JudgedBin> {
    const breaches = new Map<string, Finding>();
    let lookups = 0;
    for (const [key, { values, value }] of seen.knows(bin) ? bin.groups : []) {
      if (seen.wasSeen(key, bin)) continue;
      if (seen.isPartial) {
        const before = { fromMs: Math.max(0, bin.fromMs - rule.seen), toMs: bin.fromMs };
        // Nobody knows: no alert is better than a false one.
        if (!isPlain || ++lookups > MOST_LOOKUPS) continue;
        if (await isStored(spec, values, before, deps, signal)) continue;
      }
      breaches.set(key, { ...finding(values, "breach"), value });
    }
    return { ...facts(bin), breaches, of: (key, values) => breaches.get(key) ?? finding(values, "clear") };
  }

  return {
    async judge(range, signal) {
      const { bins, settledMs } = await readBins(deps.ask, spec, range, deps.nowMs(), signal);
      if (bins.length === 0) return { bins: [], settledMs, waitsFor: null };
      await seen.begin(range.fromMs, signal);
      const all: JudgedBin[] = [];
      for (const bin of bins) {
        all.push(await judged(bin, signal));
        seen.add(bin);
      }
      const waitsFor = seen.knows(bins.at(-1)!) ? null : "the flows that are stored do not go back far enough yet";
      return { bins: all, settledMs, waitsFor };
    },
  };
}
