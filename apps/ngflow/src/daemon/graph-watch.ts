import type { GraphHistory } from "@ngflow/graph";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import { type ControlClient, connectControl } from "../control/client.ts";

/** Interval between attempts to reach an absent graph. */
const RETRY_MS = 2000;
/** A graph that takes longer to answer counts as absent, so that it does not delay the whole pipeline's figures. */
const ANSWER_MS = 1000;

/** Snapshots of the graph behind a control socket. The graph may come and go, or hang. */
export class GraphWatch {
  readonly #path: string;
  #client: ControlClient | undefined;
  #connecting: Promise<void> | undefined;
  #retryAtMs = 0;
  /** When the graph last answered, on the monotonic clock. */
  #answeredMs: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The current graph; null while no daemon listens. */
  snapshot(): Promise<DaemonSnapshot | null> {
    return this.#ask((client) => client.snapshot());
  }

  /** History of the graph; null while no daemon listens. */
  history(): Promise<GraphHistory | null> {
    return this.#ask((client) => client.history());
  }

  /** Milliseconds since the graph last answered; null if no daemon has. */
  async ageMs(): Promise<number | null> {
    await this.#ask((client) => client.call("pid"));
    return this.#answeredMs === undefined ? null : performance.now() - this.#answeredMs;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#retryAtMs = Number.POSITIVE_INFINITY;
    await client?.close();
  }

  async #ask<Answer>(question: (client: ControlClient) => Promise<Answer>): Promise<Answer | null> {
    await this.#connect();
    try {
      if (this.#client === undefined) return null;
      const answer = await question(this.#client);
      this.#answeredMs = performance.now();
      return answer;
    } catch {
      this.#client = undefined;
      this.#retryAtMs = Date.now() + RETRY_MS;
      return null;
    }
  }

  async #connect(): Promise<void> {
    if (this.#client || Date.now() < this.#retryAtMs) return;
    const onLost = (): void => {
      this.#client = undefined;
    };
    this.#connecting ??= connectControl(this.#path, { node: false, answerMs: ANSWER_MS, onLost })
      .then((client) => {
        this.#client = client;
      })
      .catch(() => {
        this.#retryAtMs = Date.now() + RETRY_MS;
      })
      .finally(() => {
        this.#connecting = undefined;
      });
    await this.#connecting;
  }
}
