import { columnsOfDimension, dimensionByName, isOfHosts } from "@ngflow/flows";
import type { Alert } from "./alert.ts";
import { type AlertFiles, MOST_HISTORY } from "./files/alert-files.ts";
import type { GroupValues, TimeRange } from "./read-bins.ts";

/** Whether a value of a group is an address, or a prefix of some. */
function hasAddress(group: GroupValues): boolean {
  return Object.entries(group).some(([name, value]) => {
    const dimension = dimensionByName(name);
    return typeof dimension !== "string" && columnsOfDimension(dimension).some(isOfHosts) && value !== "";
  });
}

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

  /**
   * Removes alerts that were judged last before a time and whose group has an address of a host. Returns how many.
   */
  removeAddresses(beforeMs: number): number {
    const old = [...this.#alerts.values()].filter(({ judgedMs, group }) => judgedMs < beforeMs && hasAddress(group));
    if (old.length === 0) return 0;
    for (const { id } of old) {
      this.#alerts.delete(id);
      // The text that servers share becomes empty.
      this.#files.wrote(`${HISTORY}${id}`, "");
    }
    this.#files.replaceHistory(this.#alerts.values());
    return old.length;
  }

  /** Those that were not over before a range, newest first. */
  in({ fromMs, toMs }: TimeRange, limit: number): readonly Alert[] {
    const found: Alert[] = [];
    for (const alert of this.#alerts.values())
      if (alert.sinceMs < toMs && (alert.resolvedMs ?? Number.POSITIVE_INFINITY) > fromMs) found.push(alert);
    return found.sort((a, b) => b.firedMs! - a.firedMs!).slice(0, limit);
  }
}
