import { Worker } from "node:worker_threads";
import { type Failure, RelayedError } from "@ngflow/base";
import { ExportError } from "./errors.ts";
import type { Outcome } from "./outcome.ts";

/** Messages from a thread. */
export type ThreadMessage =
  /** Its ring is open and a member of this fanout group. */
  | { readonly kind: "opened"; readonly group: number }
  | { readonly kind: "ended"; readonly outcome: Outcome }
  | { readonly kind: "failed"; readonly failure: Failure };

/** One of the threads that meter, each a whole exporter. */
export class MeterWorker {
  readonly opened: Promise<number>;
  readonly ended: Promise<Outcome>;
  readonly exited: Promise<unknown>;
  readonly #worker: Worker;

  /** @param data what the thread's file expects */
  constructor(file: URL, data: unknown, name: string) {
    const worker = new Worker(file, { workerData: data, name });
    this.#worker = worker;
    this.exited = new Promise((resolve) => worker.once("exit", resolve));
    const failed = new Promise<never>((_, reject) => {
      worker.on("error", reject);
      worker.on("exit", (code) =>
        reject(new ExportError("export-thread", `a thread ended unexpectedly (code ${code})`)),
      );
      worker.on("message", (message: ThreadMessage) => {
        if (message.kind !== "failed") return;
        reject(new RelayedError(message.failure));
      });
    });
    this.opened = Promise.race([
      failed,
      new Promise<number>((resolve) => {
        worker.on("message", (message: ThreadMessage) => message.kind === "opened" && resolve(message.group));
      }),
    ]);
    this.ended = Promise.race([
      failed,
      new Promise<Outcome>((resolve) => {
        worker.on("message", (message: ThreadMessage) => message.kind === "ended" && resolve(message.outcome));
      }),
    ]);
    // A failure reaches whoever awaits the promise; without that it must not end the process.
    for (const promise of [failed, this.opened, this.ended]) promise.catch(() => undefined);
  }

  /** Has the thread export cached flows and end. */
  stop(): void {
    this.#worker.postMessage("stop");
  }

  /** Ends the thread where it is. */
  terminate(): void {
    void this.#worker.terminate();
  }
}
