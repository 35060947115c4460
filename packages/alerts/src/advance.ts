import { createHash } from "node:crypto";
import type { LossReason } from "@ngflow/flows";
import type { Alert, AlertEvent } from "./alert.ts";
import type { Finding, JudgedBin } from "./judge.ts";
import type { AlertRule } from "./rule.ts";

/** Most groups of a rule that are pending or fire at once. */
export const MOST_ACTIVE = 1000;

/** The alerts of a rule that are pending or fire, by the key of their group. */
export type ActiveAlerts = ReadonlyMap<string, Alert>;

/** What a window made of them. */
export interface Advanced {
  readonly active: ActiveAlerts;
  readonly events: readonly AlertEvent[];
  /** Groups that are not watched, because there are too many. */
  readonly refused: number;
}

/** Of two values of a rule, the one that is further beyond what it is compared with. */
function furthest(a: number | null, b: number | null, reference: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  if (reference === null) return Math.max(a, b);
  return Math.abs(b - reference) > Math.abs(a - reference) ? b : a;
}

function idOf(rule: string, key: string, sinceMs: number): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([rule, key, sinceMs]))
    .digest("hex");
  return `${rule}-${digest.slice(0, 12)}`;
}

function begun(rule: AlertRule, key: string, finding: Finding, bin: JudgedBin): Alert {
  const { name, condition, severity, labels } = rule;
  const { values: group, value, reference } = finding;
  return {
    ...{ id: idOf(name, key, bin.fromMs), rule: name, condition, severity, group, labels },
    ...{ state: "pending", sinceMs: bin.fromMs, firedMs: null, resolvedMs: null, ended: null, clearMs: null },
    ...{ value, reference, peak: value, lost: bin.lost, judgedMs: bin.toMs },
  };
}

const union = (a: readonly LossReason[], b: readonly LossReason[]): readonly LossReason[] =>
  b.every((reason) => a.includes(reason)) ? a : [...new Set([...a, ...b])];

/** An alert after another window; null where one that was pending is not. */
function next(alert: Alert, rule: AlertRule, finding: Finding, bin: JudgedBin): Alert | null {
  const { verdict, value, reference } = finding;
  if (verdict === "unknown") return { ...alert, judgedMs: bin.toMs, lost: union(alert.lost, bin.lost) };
  const peak = verdict === "breach" ? furthest(alert.peak, value, reference) : alert.peak;
  const judged: Alert = { ...alert, value, reference, peak, judgedMs: bin.toMs, lost: union(alert.lost, bin.lost) };
  if (verdict === "breach") {
    if (alert.state === "firing") return { ...judged, clearMs: null };
    const isLong = bin.toMs - alert.sinceMs >= rule.for;
    return isLong ? { ...judged, state: "firing", firedMs: bin.toMs } : judged;
  }
  if (alert.state === "pending") return null;
  if (verdict === "between") return { ...judged, clearMs: null };
  const clearMs = alert.clearMs ?? bin.fromMs;
  if (bin.toMs - clearMs < rule["clear-after"]) return { ...judged, clearMs };
  return { ...judged, clearMs, state: "resolved", resolvedMs: bin.toMs, ended: "clear" };
}

/** Takes the alerts of a rule through one window, and says which of them fire now, and which have ended. */
export function advance(rule: AlertRule, before: ActiveAlerts, bin: JudgedBin): Advanced {
  const active = new Map<string, Alert>();
  const events: AlertEvent[] = [];
  let refused = 0;
  const take = (key: string, alert: Alert, was: Alert["state"] | null): void => {
    if (alert.state === "firing" && was !== "firing") events.push({ kind: "fired", alert });
    if (alert.state === "resolved") events.push({ kind: "resolved", alert });
    else active.set(key, alert);
  };
  for (const [key, alert] of before) {
    const after = next(alert, rule, bin.of(key, alert.group), bin);
    if (after !== null) take(key, after, alert.state);
  }
  for (const [key, finding] of bin.breaches) {
    if (before.has(key)) continue;
    if (active.size >= MOST_ACTIVE) refused++;
    else take(key, next(begun(rule, key, finding, bin), rule, finding, bin)!, null);
  }
  return { active, events, refused };
}
