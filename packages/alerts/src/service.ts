import type { Alert } from "./alert.ts";
import type { DefinedRule } from "./config.ts";
import type { DryRun } from "./dry-run.ts";
import type { Ask, TimeRange } from "./read-bins.ts";
import type { Silence, SilenceRequest } from "./silence.ts";

/** A rule and how it does. */
export interface RuleStatus {
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
  /** Where it was written: those of the configuration are changed there only. */
  readonly source: "configuration" | "console";
  /** Differs for each content; null for one of the configuration. */
  readonly version: string | null;
  /** When and by whom it was saved, ISO 8601 UTC; null for one of the configuration. */
  readonly changed: string | null;
  readonly by: string | null;
  /** Until when flows are judged, Unix milliseconds; null before the first window. */
  readonly judgedMs: number | null;
  /** Why the last judgement failed; null if it did not. */
  readonly fault: string | null;
  /** Why windows said nothing; null if they did. */
  readonly waitsFor: string | null;
}

/** An alert, and whether somebody silenced it. */
export interface ShownAlert extends Alert {
  readonly silent: boolean;
}

/** A channel and how it does. */
export interface ChannelStatus {
  readonly name: string;
  readonly type: string;
  readonly waiting: number;
  /** Why the last try failed; null if it did not. */
  readonly fault: string | null;
}

/** What alerts are now. */
export interface AlertsNow {
  /** Those that are pending or fire, those that fire first, newest first. */
  readonly alerts: readonly ShownAlert[];
  readonly rules: readonly RuleStatus[];
  readonly silences: readonly Silence[];
  readonly channels: readonly ChannelStatus[];
  /** Of several servers: whether this one judges and sends, and why the shared place cannot be used; null for one. */
  readonly share: { readonly leads: boolean; readonly fault: string | null } | null;
  readonly counters: Readonly<Record<string, number>>;
}

/** Why a rule was not saved. */
export type RuleRefusal = "conflict" | "full" | "of-configuration";

/** What came of sending a test to a channel: null for success, else the reason. */
export type TestResult = Readonly<Record<string, string | null>>;

/** The alerts of a server. */
export interface AlertService {
  start(): void;
  stop(): Promise<void>;
  now(): AlertsNow;
  /** Alerts that fired and were not over before a range, newest first. */
  history(range: TimeRange, limit: number): readonly Alert[];
  /** @throws AlertsError `alert-rule` for a rule that is not valid; null where no rule has the name. */
  ruleOf(nameOrDefinition: string | object): DefinedRule | null;
  /** Asks as the rules do, or with `ask`. Null while another one runs. */
  dryRun(rule: DefinedRule, range: TimeRange, ask?: Ask): Promise<DryRun | null>;
  /** @param expected the version that is replaced; null makes a new one. @throws AlertsError `alert-rule` */
  saveRule(definition: object, expected: string | null, by: string | null): RuleStatus | RuleRefusal;
  removeRule(name: string, expected: string): "removed" | "absent" | RuleRefusal;
  silence(request: SilenceRequest, by: string | null): Silence | "full";
  endSilence(id: string): Silence | null;
  /** Sends an example of a rule to its channels at once. */
  fire(rule: DefinedRule): Promise<TestResult>;
}
