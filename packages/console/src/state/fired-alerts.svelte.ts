import type { FiredAlert } from "../charts/alert-bands.ts";
import { api } from "./api.ts";

/** Most alerts of a chart. */
const LIMIT = 500;

/** The alerts that fired in the time of a chart; none on a server without alerts. */
export class FiredAlerts {
  alerts = $state.raw<readonly FiredAlert[]>([]);
  #asked = "";

  /** Asks for those of a time, Unix milliseconds, once. */
  ask(fromMs: number, toMs: number): void {
    const asked = `${fromMs} ${toMs}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    api.get("/alerts/history", { ...range, limit: LIMIT }).then(
      ({ alerts }) => {
        if (this.#asked === asked) this.alerts = alerts;
      },
      () => {
        // The page of alerts says what is wrong with them.
        if (this.#asked === asked) this.alerts = [];
      },
    );
  }
}
