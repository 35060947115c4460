import { RelayedError } from "@ngflow/base";
import type { GraphHistory } from "@ngflow/graph";
import type { RebuildScript } from "@ngflow/plan";
import type { CachedFlows } from "../control/cached-flows.ts";
import type { NodeReply } from "@ngflow/server";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import type { TypeDescription } from "../control/describe-types.ts";
import { type ControlClient, connectControl } from "../control/client.ts";

/** Interval between attempts to reach an absent graph. */
const RETRY_MS = 2000;
/** A longer answer is not waited for, so that it does not delay the whole pipeline's figures. */
const ANSWER_MS = 1000;
/** How old the last snapshot may be that stands in for one that is late; after that the graph counts as absent. */
const STANDS_IN_MS = 10_000;

/** Snapshots of the graph behind a control socket. The graph may come and go, or hang. */
export class GraphWatch {
  readonly #path: string;
  #client: ControlClient | undefined;
  #connecting: Promise<void> | undefined;
  #retryAtMs = 0;
  /** When the graph last answered, on the monotonic clock. */
  #answeredMs: number | undefined;
  /** The last snapshot, and when it came, on the monotonic clock. */
  #last: { readonly snapshot: DaemonSnapshot; readonly atMs: number } | undefined;
  /** The graph was asked last and did not answer in time: it stands still or the machine is slow. */
  #isLate = false;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The current graph. While it does not answer in time, the last one stands in, for ten seconds: its `timeMs` says how
   * old it is. Null while no daemon listens.
   */
  async snapshot(): Promise<DaemonSnapshot | null> {
    const snapshot = await this.#ask((client) => client.snapshot());
    if (snapshot !== null) {
      this.#last = { snapshot, atMs: performance.now() };
      return snapshot;
    }
    const last = this.#isLate ? this.#last : undefined;
    return last !== undefined && performance.now() - last.atMs <= STANDS_IN_MS ? last.snapshot : null;
  }

  /** History of the graph; null while no daemon listens. */
  history(): Promise<GraphHistory | null> {
    return this.#ask((client) => client.history());
  }

  /** The loaded node types with their messages; null while no daemon listens. */
  types(): Promise<readonly TypeDescription[] | null> {
    return this.#ask(async (client) => (await client.call("types")) as readonly TypeDescription[]);
  }

  /** Sends a node a message that changes nothing; null while no daemon listens. */
  askNode(node: number, message: string, text: string): Promise<NodeReply | null> {
    return this.#ask(async (client) => {
      try {
        return { reply: String(await client.call("ask", { node, message, text })), refused: null };
      } catch (error) {
        // A refusal is an answer; anything else has ended the connection.
        if (error instanceof RelayedError) return { reply: null, refused: error.message };
        throw error;
      }
    });
  }

  /** The commands that make the graph again; null while no daemon listens. */
  rebuild(): Promise<RebuildScript | null> {
    return this.#ask(async (client) => (await client.call("rebuild")) as RebuildScript);
  }

  /** The flows in its caches; null while no daemon listens, or where they cannot be told. */
  async cachedFlows(): Promise<readonly CachedFlows[] | null> {
    return this.#ask(async (client) => (await client.call("flows")) as readonly CachedFlows[] | null);
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
    const askedMs = performance.now();
    try {
      if (this.#client === undefined) return null;
      const answer = await question(this.#client);
      this.#answeredMs = performance.now();
      this.#isLate = false;
      return answer;
    } catch {
      this.#isLate = performance.now() - askedMs >= ANSWER_MS;
      this.#client = undefined;
      this.#retryAtMs = Date.now() + RETRY_MS;
      return null;
    }
  }

  async #connect(): Promise<void> {
    if (this.#client || Date.now() < this.#retryAtMs) return;
    const onLost = (): void => {
      this.#client = undefined;
      this.#isLate = false;
    };
    const askedMs = performance.now();
    this.#connecting ??= connectControl(this.#path, { node: false, answerMs: ANSWER_MS, onLost })
      .then((client) => {
        this.#client = client;
      })
      .catch(() => {
        this.#isLate = performance.now() - askedMs >= ANSWER_MS;
        this.#retryAtMs = Date.now() + RETRY_MS;
      })
      .finally(() => {
        this.#connecting = undefined;
      });
    await this.#connecting;
  }
}
