import { type ChildProcess, fork } from "node:child_process";
import { NgflowError } from "@ngflow/base";
import type { GraphSnapshot } from "@ngflow/graph";
import { errorOf, type Failure } from "../control/failure.ts";

/** Messages between `ngflow up` and the graph daemon it starts. */
export type FromGraph =
  | { readonly ready: { readonly control: string } }
  | { readonly failed: Failure }
  /** The last word of a daemon that was told to stop: its graph after everything was exported. */
  | { readonly final: GraphSnapshot };
export type ToGraph = "stop";

/** How long the daemon may take to export its flows before it is killed. */
const STOP_TIMEOUT_MS = 10_000;

/** The graph daemon as a process of its own: the only one that needs privilege, and never late because of a query. */
export interface GraphProcess {
  /** Resolves when the process has ended, to what went wrong if it was not asked to. */
  readonly ended: Promise<NgflowError | undefined>;
  /** Exports all flows and ends the process. Resolves to its graph at the end, null when it could not tell. */
  stop(): Promise<GraphSnapshot | null>;
}

/**
 * Starts `ngflow graph` and resolves when its control socket answers.
 *
 * @throws NgflowError with the daemon's own refusal.
 */
export async function startGraphProcess(args: readonly string[]): Promise<GraphProcess> {
  const child = fork(process.argv[1]!, ["graph", ...args], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  let stopping = false;
  let final: GraphSnapshot | null = null;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ended = exited.then(() =>
    stopping
      ? undefined
      : new NgflowError("graph-ended", `the graph daemon ended unexpectedly (${how(child)})`, "failed"),
  );
  await ready(child, ended);
  child.on("message", (message: FromGraph) => {
    if ("final" in message) final = message.final;
  });
  return {
    ended,
    async stop() {
      if (!stopping) {
        stopping = true;
        // A service manager ends all processes of a service at once: the daemon may be on its way out already, and a
        // message that does not reach it is no failure.
        if (child.connected) child.send("stop" satisfies ToGraph, () => {});
      }
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
      return final;
    },
  };
}

function how(child: ChildProcess): string {
  return child.signalCode !== null ? `signal ${child.signalCode}` : `exit code ${child.exitCode}`;
}

function ready(child: ChildProcess, ended: Promise<NgflowError | undefined>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("message", (message: FromGraph) => {
      if ("ready" in message) resolve();
      else if ("failed" in message) reject(errorOf(message.failed));
    });
    void ended.then((error) => reject(error ?? new Error("the graph daemon ended")));
  });
}
