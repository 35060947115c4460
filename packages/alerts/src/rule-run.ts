import { createHash } from "node:crypto";
import { advance, type ActiveAlerts } from "./advance.ts";
import type { Alert, AlertEvent } from "./alert.ts";
import { judgeOf } from "./conditions/index.ts";
import type { KeptAlert, KeptRule } from "./files/alert-files.ts";
import type { Judge, JudgeDeps } from "./judge.ts";
import type { AlertRule } from "./rule.ts";

/** Windows of a pause that are judged afterwards, at most. */
const MOST_LATE_WINDOWS = 2000;
const MOST_LATE_MS = 86_400_000;
/** Longest time that the judgement of a rule may take. */
const JUDGE_MS = 60_000;
/** A window that is not settled is asked for again after so long at the latest: exporters may have become faster. */
const ASK_AGAIN_MS = 60_000;
/** Wait after a failure, doubled each time. */
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 300_000;

/** What is counted of all rules. */
export interface RunCounters {
  judged: number;
  failed: number;
  /** Windows that were not judged because nothing ran for too long. */
  skippedWindows: number;
  /** Windows with more groups than are looked at. */
  cutWindows: number;
  /** Groups that were not watched because too many fired. */
  refusedGroups: number;
}

export interface RunDeps extends JudgeDeps {
  /** Until when what was received is stored, Unix milliseconds. */
  readonly storedMs: number;
  readonly signal: AbortSignal;
  readonly counters: RunCounters;
}

/** An event, and whether it was sent that the alert fires. */
export interface ToldEvent extends AlertEvent {
  readonly told: boolean;
}

/** What the judgements of a rule depend on. */
function hashOf(rule: AlertRule): string {
  const { description: _, notify: __, enabled: ___, ...rest } = rule;
  return createHash("sha256").update(JSON.stringify(rest)).digest("hex").slice(0, 16);
}

/** A rule on its way through the windows. */
export class RuleRun {
  readonly #name: string;
  readonly #hash: string;
  readonly #told = new Set<string>();
  #active: ActiveAlerts = new Map();
  #judge: Judge | undefined;
  #judgedMs: number | null;
  #fault: string | null = null;
  #waitsFor: string | null = null;
  #failures = 0;
  #notBeforeMs = 0;

  private constructor(name: string, hash: string, judgedMs: number | null) {
    this.#name = name;
    this.#hash = hash;
    this.#judgedMs = judgedMs;
  }

  static begun(rule: AlertRule): RuleRun {
    return new RuleRun(rule.name, hashOf(rule), null);
  }

  /** Goes on from what was kept. */
  static kept(name: string, { hash, judgedMs, active }: KeptRule): RuleRun {
    const run = new RuleRun(name, hash, judgedMs);
    run.#active = new Map(active.map(({ key, alert }) => [key, alert]));
    for (const { alert, told } of active) if (told) run.#told.add(alert.id);
    return run;
  }

  get kept(): KeptRule | null {
    if (this.#judgedMs === null) return null;
    const active = [...this.#active].map(([key, alert]): KeptAlert => ({ key, alert, told: this.#told.has(alert.id) }));
    return { hash: this.#hash, judgedMs: this.#judgedMs, active };
  }

  get status(): { judgedMs: number | null; fault: string | null; waitsFor: string | null } {
    return { judgedMs: this.#judgedMs, fault: this.#fault, waitsFor: this.#waitsFor };
  }

  isOf(rule: AlertRule): boolean {
    return rule.name === this.#name && this.#hash === hashOf(rule);
  }

  alerts(): Alert[] {
    return [...this.#active.values()];
  }

  /** Those that fire, of which nothing was sent. */
  untold(): Alert[] {
    return this.alerts().filter(({ id, state }) => state === "firing" && !this.#told.has(id));
  }

  tell(id: string): void {
    this.#told.add(id);
  }

  /** Ends all alerts: the rule is another one, or gone. */
  end(): ToldEvent[] {
    const ended = this.alerts().filter(({ state }) => state === "firing");
    this.#active = new Map();
    return ended.map((alert) => ({
      kind: "resolved",
      alert: { ...alert, state: "resolved", resolvedMs: alert.judgedMs, ended: "rule-changed" },
      told: this.#told.has(alert.id),
    }));
  }

  /** Judges the windows that are due; null if none was, or the store did not answer. */
  async go(rule: AlertRule, deps: RunDeps): Promise<ToldEvent[] | null> {
    const nowMs = deps.nowMs();
    const toMs = Math.floor(deps.storedMs / rule.window) * rule.window;
    const lateMs = Math.min(MOST_LATE_MS, MOST_LATE_WINDOWS * rule.window);
    let fromMs = this.#judgedMs ?? toMs - rule.window;
    if (fromMs >= toMs || nowMs < this.#notBeforeMs) return null;
    if (toMs - fromMs > lateMs) {
      deps.counters.skippedWindows += (toMs - fromMs - lateMs) / rule.window;
      fromMs = toMs - lateMs;
    }
    try {
      this.#judge ??= judgeOf(rule, deps);
      const signal = AbortSignal.any([deps.signal, AbortSignal.timeout(JUDGE_MS)]);
      const judged = await this.#judge.judge({ fromMs, toMs }, signal);
      const { bins, settledMs, waitsFor } = judged;
      [this.#fault, this.#failures, this.#waitsFor] = [null, 0, waitsFor];
      const nextMs = (bins.at(-1)?.toMs ?? fromMs) + rule.window;
      const lagMs = Math.max(0, nowMs - settledMs);
      this.#notBeforeMs = Math.min(nowMs + ASK_AGAIN_MS, nextMs + lagMs);
      if (bins.length === 0) return null;
      deps.counters.judged += bins.length;
      return bins.flatMap((bin) => {
        const { active, events, refused } = advance(rule, this.#active, bin);
        this.#active = active;
        this.#judgedMs = bin.toMs;
        deps.counters.refusedGroups += refused;
        if (bin.cut) deps.counters.cutWindows++;
        return events.map((event) => {
          const told = this.#told.has(event.alert.id);
          if (event.kind === "resolved") this.#told.delete(event.alert.id);
          return { ...event, told };
        });
      });
    } catch (error) {
      if (deps.signal.aborted) return null;
      // What it remembers may be of a part of the windows: it begins anew.
      this.#judge = undefined;
      this.#fault = (error as Error).message;
      this.#notBeforeMs = nowMs + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++);
      deps.counters.failed++;
      return null;
    }
  }
}
