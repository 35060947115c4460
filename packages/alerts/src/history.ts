import type { Alert } from "./alert.ts";
import { type AlertFiles, MOST_HISTORY } from "./files/alert-files.ts";
import type { TimeRange } from "./read-bins.ts";

/** What the name of an alert begins with that servers share. */
export const HISTORY = "history:";

/** Every alert that fired, as far back as it is kept. */
export class History {
  readonly #files: AlertFiles;
  readonly #keepMs: number;
  readonly #alerts: Map<string, Alert>;

  constructor(files: AlertFiles, keepMs: number) {
    this.#files = files;
    this.#keepMs = keepMs;
    this.#alerts = files.history();
  }

  /** Notes alerts that fired or ended, on this server. */
  add(alerts: readonly Alert[], nowMs: number): void {
    this.take(alerts, nowMs);
    for (const alert of alerts) this.#files.wrote(`${HISTORY}${alert.id}`, JSON.stringify(alert));
  }

  /** Notes alerts of any server. */
  take(alerts: readonly Alert[], nowMs: number): void {
    for (const alert of alerts) {
      this.#alerts.delete(alert.id);
      this.#alerts.set(alert.id, alert);
    }
    for (const [id, { judgedMs }] of this.#alerts) {
      if (this.#alerts.size <= MOST_HISTORY && judgedMs >= nowMs - this.#keepMs) break;
      this.#alerts.delete(id);
    }
    this.#files.keepHistory(alerts, this.#alerts.values());
  }

  /** Those that were not over before a range, newest first. */
  in({ fromMs, toMs }: TimeRange, limit: number): readonly Alert[] {
    const found: Alert[] = [];
    for (const alert of this.#alerts.values())
      if (alert.sinceMs < toMs && (alert.resolvedMs ?? Number.POSITIVE_INFINITY) > fromMs) found.push(alert);
    return found.sort((a, b) => b.firedMs! - a.firedMs!).slice(0, limit);
  }
}
