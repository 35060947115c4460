import { NgflowError, RelayedError } from "@ngflow/base";
import type { ChildEnd } from "@ngflow/os";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import { DaemonError } from "./errors.ts";
import type { GraphChild } from "./graph-child.ts";
import type { FromGraph } from "./graph-messages.ts";

/** How long the daemon may take to export its flows before it is killed. */
const STOP_TIMEOUT_MS = 10_000;

/** The graph daemon in its own process: the only one that needs privilege. Queries cannot delay it. */
export interface GraphProcess {
  /** Resolves when its control socket answers. @throws NgflowError with the daemon's own error. */
  ready(): Promise<void>;
  /** Resolves when the process has ended: to an error, unless it was stopped. */
  readonly ended: Promise<NgflowError | undefined>;
  /**
   * Exports all flows and ends the process. Resolves to its last graph, or null if it sent none. Safe to call twice.
   */
  stop(): Promise<DaemonSnapshot | null>;
}

/** Watches a graph process that has been started. */
export function watchGraphProcess(child: GraphChild): GraphProcess {
  let stopping = false;
  let final: DaemonSnapshot | null = null;
  const first = new Promise<FromGraph>((resolve) => {
    child.onMessage((message) => {
      resolve(message);
      if ("final" in message) final = message.final;
    });
  });
  const ended = child.ended.then((end) =>
    stopping ? undefined : new DaemonError("graph-ended", `the graph daemon ended unexpectedly (${how(end)})`),
  );
  return {
    ended,
    async ready() {
      const message = await Promise.race([first, ended]);
      if (message instanceof NgflowError) throw message;
      if (message !== undefined && "failed" in message) throw new RelayedError(message.failed);
    },
    async stop() {
      // A service manager stops all processes of a service at once: the daemon may be ending already.
      if (!stopping) child.send("stop");
      stopping = true;
      const timer = setTimeout(() => kill(child.pid), STOP_TIMEOUT_MS);
      await child.ended;
      clearTimeout(timer);
      return final;
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

function how({ exitCode, signalCode }: ChildEnd): string {
  return signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`;
}
