import type { Alert, AlertsNow, DryRun, RuleStatus } from "@ngflow/server/client";
import { api } from "../../state/api.ts";
import { BASE_PATH } from "../../state/base.ts";

/** Time between two looks. */
const EVERY_MS = 10_000;

interface Changed {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What came of a change: null for success, `conflict`, or why it failed. */
export type ChangeOutcome = { readonly fault: string | null; readonly conflict: boolean };

async function change(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Changed> {
  const response = await fetch(`${BASE_PATH}/api/v1/alerts${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Changed["body"] };
}

function outcomeOf({ status, body }: Changed): ChangeOutcome {
  if (status === 200) return { fault: null, conflict: false };
  const error = body["error"] as { readonly message: string } | undefined;
  return { fault: error?.message ?? String(status), conflict: status === 412 };
}

/** The alerts of the server, looked at again and again while a page shows them. */
class AlertsState {
  /** Null before they were read, and on a server without alerts. */
  now = $state.raw<AlertsNow | null>(null);
  history = $state.raw<readonly Alert[] | null>(null);
  fault = $state<string | null>(null);

  async load(withHistory: boolean): Promise<void> {
    try {
      this.now = await api.get("/alerts");
      if (withHistory) this.history = (await api.get("/alerts/history", { last: "7d" })).alerts;
      this.fault = null;
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
  }

  /** Looks now and every few seconds; answers how to end that. */
  watch(withHistory: boolean): () => void {
    void this.load(withHistory);
    const timer = setInterval(() => {
      if (!document.hidden) void this.load(withHistory);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }

  test(definition: object): Promise<DryRun> {
    return api.get("/alerts/test", { definition: JSON.stringify(definition), last: "30d" });
  }

  async save(definition: { readonly name?: unknown }, version: string | null): Promise<ChangeOutcome> {
    const condition: Record<string, string> =
      version === null ? { "if-none-match": "*" } : { "if-match": `"${version}"` };
    const saved = await change("PUT", `/rules/${encodeURIComponent(String(definition.name))}`, definition, condition);
    return this.#after(saved);
  }

  async remove({ name, version }: RuleStatus): Promise<ChangeOutcome> {
    const headers = { "if-match": `"${version}"` };
    return this.#after(await change("DELETE", `/rules/${encodeURIComponent(name)}`, undefined, headers));
  }

  async silence(alert: Alert): Promise<ChangeOutcome> {
    const match = Object.fromEntries(Object.entries(alert.group).map(([name, value]) => [name, String(value)]));
    return this.#after(await change("POST", "/silences", { rules: [alert.rule], match, for: "1h" }));
  }

  async endSilence(id: string): Promise<ChangeOutcome> {
    return this.#after(await change("DELETE", `/silences/${encodeURIComponent(id)}`));
  }

  /** Sends a test; what each channel said: null for success. */
  async fire(name: string): Promise<Readonly<Record<string, string | null>> | string> {
    const fired = await change("POST", `/rules/${encodeURIComponent(name)}/fire`);
    const { fault } = outcomeOf(fired);
    return fault ?? (fired.body["sent"] as Readonly<Record<string, string | null>>);
  }

  async #after(changed: Changed): Promise<ChangeOutcome> {
    const outcome = outcomeOf(changed);
    if (outcome.fault === null) await this.load(false);
    return outcome;
  }
}

export const alertsState = new AlertsState();
