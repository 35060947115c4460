import { type QueryMetric, TIME_SOURCE } from "@ngflow/flows";
import type { Bounds, Judge, JudgeDeps } from "../judge.ts";
import { type BinSpec, type GroupValues, readBins } from "../read-bins.ts";
import type { AlertRule, RuleOf } from "../rule.ts";
import { boundedBin, withWhole } from "./bounded.ts";

/** A rule's filter and another one. */
export function both(first: string, second: string): string {
  return first.trim() === "" ? second : `(${first}) and (${second})`;
}

/** What every window of a rule is asked for. */
export function binSpec(rule: AlertRule, of: Pick<BinSpec, "by" | "metric"> & Partial<BinSpec>): BinSpec {
  return { filter: rule.filter, windowMs: rule.window, time: rule.time, ...of };
}

/** Compares the value of each group with bounds of the group. */
function bounded(spec: BinSpec, boundsOf: (values: GroupValues) => Bounds | undefined, deps: JudgeDeps): Judge {
  return {
    async judge(range, signal) {
      const { bins, settledMs } = await readBins(deps.ask, spec, range, deps.nowMs(), signal);
      return { bins: bins.map((bin) => boundedBin(withWhole(bin, spec.by), boundsOf)), settledMs, waitsFor: null };
    },
  };
}

export function threshold(rule: RuleOf<"threshold">, deps: JudgeDeps): Judge {
  const bounds = {
    above: rule.above,
    below: rule.below,
    clearBelow: rule["clear-below"],
    clearAbove: rule["clear-above"],
  };
  return bounded(binSpec(rule, { by: rule.by, metric: rule.metric as QueryMetric }), () => bounds, deps);
}

/** Bits a second of each interface, compared with a share of its speed. */
export function shareOfSpeed(rule: RuleOf<"share-of-speed">, deps: JudgeDeps): Judge {
  const column = rule.direction === "in" ? "InIf" : "OutIf";
  const name = `${column}Speed`;
  const boundsOf = (values: GroupValues): Bounds | undefined => {
    // The name is in Mbit/s; empty where no agent has said it.
    const usual = rule.speed === "snmp" ? Number(values[name]) * 1e6 || undefined : rule.speed;
    const speed = rule.speeds[`${values["ExporterAddr"]}/${values[column]}`] ?? usual;
    if (speed === undefined) return undefined;
    const clear = rule["clear-below"];
    return { above: rule.above * speed, clearBelow: clear === undefined ? undefined : clear * speed };
  };
  const by = ["ExporterAddr", column, ...(rule.speed === "snmp" ? [name] : [])];
  return bounded(binSpec(rule, { by, metric: "bps" }), boundsOf, deps);
}

/** How many different values a column has for each group. */
export function fanOut(rule: RuleOf<"fan-out">, deps: JudgeDeps): Judge {
  const bounds = { above: rule.above, clearBelow: rule["clear-below"] };
  return bounded(binSpec(rule, { by: rule.by, metric: `distinct:${rule.of}` }), () => bounds, deps);
}

/** Flows that were placed by their arrival, because the clock of their exporter is wrong. */
export function clockOff(rule: RuleOf<"clock-off">, deps: JudgeDeps): Judge {
  const filter = both(rule.filter, `TimeSource = ${TIME_SOURCE.arrival}`);
  const spec = binSpec(rule, { by: ["ExporterAddr"], metric: "flows", filter, time: "arrival" });
  return bounded(spec, () => ({ above: 0 }), deps);
}
