import type { Alert } from "./alert.ts";
import { advance, type ActiveAlerts } from "./advance.ts";
import { judgeOf } from "./conditions/index.ts";
import type { JudgeDeps } from "./judge.ts";
import type { TimeRange } from "./read-bins.ts";
import { recordedFrom } from "./recorded-from.ts";
import type { AlertRule } from "./rule.ts";

/** What a rule would have done in a range. */
export interface DryRun {
  /** What was judged, Unix milliseconds: whole windows that are settled, from the first on that flows are stored of. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly windows: number;
  /** The alerts that fired, in the order in which they did: resolved, or firing at the end. At most MOST_ALERTS. */
  readonly alerts: readonly Alert[];
  /** How many fired. */
  readonly fired: number;
  /** Alerts that are pending at the end. */
  readonly pending: number;
  /** Windows in which there were more groups than are looked at. */
  readonly cut: number;
  /** Why the last windows said nothing, in words; null if they did. */
  readonly waitsFor: string | null;
}

/** Most alerts that a dry run lists; it counts all. */
const MOST_ALERTS = 1000;
/** Windows that are judged at once, so that progress is seen. */
const STEP_WINDOWS = 500;

/** Whole windows in a range. */
export function wholeWindows({ fromMs, toMs }: TimeRange, windowMs: number): TimeRange {
  const whole = Math.ceil(fromMs / windowMs) * windowMs;
  return { fromMs: whole, toMs: Math.max(whole, Math.floor(toMs / windowMs) * windowMs) };
}

/** Takes a rule through what is stored of a range, in the same way as it is taken through what is stored next. */
export async function dryRun(
  rule: AlertRule,
  range: TimeRange,
  deps: JudgeDeps & { readonly signal?: AbortSignal; readonly progress?: (share: number) => void },
): Promise<DryRun> {
  const whole = wholeWindows(range, rule.window);
  const { toMs } = whole;
  const fromMs = await recordedFrom(deps.ask, whole, rule.window, deps.nowMs(), deps.signal);
  const judge = judgeOf(rule, deps);
  const fired = new Map<string, Alert>();
  let active: ActiveAlerts = new Map();
  let atMs = fromMs;
  let [count, cut] = [0, 0];
  let waitsFor: string | null = null;
  while (atMs < toMs) {
    const endMs = Math.min(toMs, atMs + STEP_WINDOWS * rule.window);
    const judged = await judge.judge({ fromMs: atMs, toMs: endMs }, deps.signal);
    for (const bin of judged.bins) {
      const after = advance(rule, active, bin);
      active = after.active;
      for (const { kind, alert } of after.events) {
        if (kind === "fired") count++;
        if (fired.has(alert.id) || fired.size < MOST_ALERTS) fired.set(alert.id, alert);
      }
      if (bin.cut) cut++;
    }
    waitsFor = judged.waitsFor;
    const doneMs = judged.bins.at(-1)?.toMs ?? atMs;
    deps.progress?.((doneMs - fromMs) / (toMs - fromMs));
    atMs = doneMs;
    if (doneMs < endMs) break;
  }
  for (const alert of active.values()) if (fired.has(alert.id)) fired.set(alert.id, alert);
  return {
    ...{ fromMs, toMs: atMs, windows: (atMs - fromMs) / rule.window },
    ...{ alerts: [...fired.values()], fired: count, cut, waitsFor },
    pending: [...active.values()].filter(({ state }) => state === "pending").length,
  };
}
