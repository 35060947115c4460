import { lstatSync, type Stats, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { ExporterStatus } from "@ngflow/flows";
import { type Failure, RelayedError } from "@ngflow/base";
import { collectorSocketPaths } from "../options/runtime-path.ts";
import type { ReloadReport } from "../reload/reloader.ts";
import type { CollectorState } from "./collect.ts";
import { LIST_QUESTION, RELOAD_QUESTION } from "./state-socket.ts";

/** How long an answer is waited for. After that the last one is used, with its age. */
const ANSWER_MS = 250;
/** Interval between attempts to reach an absent collector. */
const RETRY_MS = 500;
/** How long the list of exporters may take: with all templates, it may be long. */
const LIST_MS = 10_000;
/** A longer answer is not a collector's: it has at most some thousand exporters. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

/** The state of a collector in another process, and how old it is. */
export interface AgedState extends CollectorState {
  /** Milliseconds since the collector answered; large if it runs, but does not answer. */
  readonly ageMs: number;
}

/** What is at a path; undefined if nothing is, or in a directory of another user that this one may not enter. */
function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** States of the collector behind one of several possible sockets. The collector may come and go, or hang. */
export class CollectorWatch {
  readonly #paths: readonly string[];
  readonly #trusted: readonly number[];
  #socket: Socket | undefined;
  #last: { readonly state: CollectorState; readonly atMs: number } | undefined;
  #answer: Promise<void> | undefined;
  #answered: () => void = () => {};
  #retryAtMs = 0;
  #exporters: Promise<readonly ExporterStatus[] | null> | undefined;

  /**
   * @param paths where its socket may be, best first.
   * @param dataDirectory its owner may own the socket, as may this user and root.
   */
  constructor(paths: readonly string[], dataDirectory: string) {
    this.#paths = paths;
    this.#trusted = [0, process.geteuid?.() ?? 0, statSync(dataDirectory).uid];
  }

  /** The state of the collector, which may be an old one; null if no collector runs. */
  async state(): Promise<AgedState | null> {
    this.#connect();
    // One that has not answered since the last question is not waited for again.
    const isLate = this.#answer !== undefined;
    if (this.#socket !== undefined && !isLate) {
      this.#answer = new Promise((resolve) => {
        this.#answered = resolve;
      });
      this.#socket.write("\n");
    }
    if (this.#answer !== undefined && !(isLate && this.#last !== undefined)) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, ANSWER_MS);
      });
      await Promise.race([this.#answer, late]).finally(() => clearTimeout(timer));
    }
    const last = this.#last;
    return last === undefined ? null : { ...last.state, ageMs: Math.max(0, performance.now() - last.atMs) };
  }

  /** Whether a collector has a socket, be it one that does not answer. */
  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** The exporters with their templates; null if no collector runs, or it does not answer. */
  exporters(): Promise<readonly ExporterStatus[] | null> {
    return (this.#exporters ??= this.#list().finally(() => (this.#exporters = undefined)));
  }

  /** Lets the collector read its configuration again: `result` is null for one that a parent runs. */
  async reload(): Promise<{ readonly result?: ReloadReport | null; readonly error?: Failure } | null> {
    return (await this.#ask(RELOAD_QUESTION)) as { readonly result?: ReloadReport } | null;
  }

  async #list(): Promise<readonly ExporterStatus[] | null> {
    return (await this.#ask(LIST_QUESTION)) as ExporterStatus[] | null;
  }

  /** Asks in a connection of its own, so that the state does not wait for it; null without an answer. */
  async #ask(question: string): Promise<unknown> {
    const path = this.#find();
    if (path === undefined) return null;
    const socket = connect(path);
    socket.setEncoding("utf8");
    const late = setTimeout(() => socket.destroy(), LIST_MS);
    const parts: string[] = [];
    let bytes = 0;
    try {
      socket.write(question);
      for await (const chunk of socket as AsyncIterable<string>) {
        parts.push(chunk);
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) return null;
        if (chunk.endsWith("\n")) return JSON.parse(parts.join("")) as unknown;
      }
      return null;
    } catch {
      return null;
    } finally {
      clearTimeout(late);
      socket.destroy();
    }
  }

  close(): void {
    this.#retryAtMs = Number.POSITIVE_INFINITY;
    this.#socket?.destroy();
  }

  /** The first socket that is there and belongs to a trusted user: another could make up the figures. */
  #find(): string | undefined {
    return this.#paths.find((path) => {
      const entry = entryAt(path);
      return entry?.isSocket() === true && this.#trusted.includes(entry.uid);
    });
  }

  #connect(): void {
    if (this.#socket !== undefined || performance.now() < this.#retryAtMs) return;
    this.#retryAtMs = performance.now() + RETRY_MS;
    const path = this.#find();
    if (path === undefined) return;
    const socket = connect(path);
    this.#socket = socket;
    let parts: string[] = [];
    let bytes = 0;
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      const end = chunk.indexOf("\n");
      parts.push(end < 0 ? chunk : chunk.slice(0, end));
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) socket.destroy();
      if (end < 0) return;
      // There is one question at a time, so that nothing follows the line.
      this.#take(parts.join(""));
      parts = [];
      bytes = 0;
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = undefined;
      this.#last = undefined;
      this.#done();
    });
  }

  #take(line: string): void {
    try {
      this.#last = { state: JSON.parse(line) as CollectorState, atMs: performance.now() };
    } catch {
      this.#socket?.destroy();
    }
    this.#done();
  }

  #done(): void {
    this.#answer = undefined;
    this.#answered();
  }
}

/**
 * Lets the collector of a data directory read its configuration again.
 * @returns null if none runs, or if it belongs to another daemon that does it. @throws RelayedError with its error
 */
export async function askCollectorReload(dataDirectory: string): Promise<ReloadReport | null> {
  const watch = new CollectorWatch(collectorSocketPaths(dataDirectory), dataDirectory);
  try {
    const answer = await watch.reload();
    if (answer?.error !== undefined) throw new RelayedError(answer.error);
    return answer?.result ?? null;
  } finally {
    watch.close();
  }
}
