import type { LossReason } from "@ngflow/flows";
import type { GroupValues } from "./read-bins.ts";
import type { ConditionName, Severity } from "./rule.ts";

export const ALERT_STATES = ["pending", "firing", "resolved"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** One alert: a group of a rule that fires, is about to, or did. Times are those of the flows. */
export interface Alert {
  /** The same whenever the same flows are judged by the same rule. */
  readonly id: string;
  readonly rule: string;
  readonly condition: ConditionName;
  readonly severity: Severity;
  /** Values of the rule's dimensions; empty for a rule without. */
  readonly group: GroupValues;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: AlertState;
  /** Start of the first window that broke the condition, Unix milliseconds. */
  readonly sinceMs: number;
  /** End of the window at which it fired; null while it is pending. */
  readonly firedMs: number | null;
  /** End of the window at which it ended; null while it goes on. */
  readonly resolvedMs: number | null;
  /** Why it ended, where it did not become clear: the rule is another one, or gone. */
  readonly ended: "clear" | "rule-changed" | null;
  /** Start of the first clear window since it last broke the condition. */
  readonly clearMs: number | null;
  /** The last value, what it is compared with, and the value that was furthest from it. */
  readonly value: number | null;
  readonly reference: number | null;
  readonly peak: number | null;
  /** Reasons of losses that are known of its windows: values may be larger than they are here. */
  readonly lost: readonly LossReason[];
  /** Until when it is judged. */
  readonly judgedMs: number;
}

/** What became of an alert in a window. */
export interface AlertEvent {
  readonly kind: "fired" | "resolved";
  readonly alert: Alert;
}
