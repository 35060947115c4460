import { parentPort } from "node:worker_threads";
import { failureOf, NgflowError } from "@ngflow/base";
import type { ThreadMessage } from "./meter-worker.ts";
import type { Outcome } from "./outcome.ts";

/** Sends a message to the thread that started this one. */
export function sendMessage(message: ThreadMessage): void {
  parentPort!.postMessage(message);
}

/** Runs what a thread is for, and reports its outcome or its failure. Anything but an NgflowError ends the process. */
export function runThread(run: () => Promise<Outcome>): void {
  run()
    .then(({ stats, largest }) => sendMessage({ kind: "ended", outcome: { stats, largest } }))
    .catch((error: unknown) => {
      if (!(error instanceof NgflowError)) throw error;
      sendMessage({ kind: "failed", failure: failureOf(error) });
    })
    .finally(() => parentPort!.close());
}
