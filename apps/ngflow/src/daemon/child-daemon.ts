import { type Failure, NgflowError, RelayedError } from "@ngflow/base";
import type { ChildEnd } from "@ngflow/os";
import type { CollectChange } from "../reload/collect-change.ts";
import type { ChildVerb, FinalReport, FromChild, ReadyReport } from "./child-messages.ts";
import type { DaemonProcess } from "./child-process.ts";
import { DaemonError } from "./errors.ts";

/** How long a daemon may take to export or write what it holds before it is killed. */
const STOP_TIMEOUT_MS = 10_000;

/** Names of the daemons in messages. */
const NAMES: Readonly<Record<ChildVerb, string>> = { graph: "graph", collect: "collector" };

/** A daemon in a process of its own. Whatever the other processes do does not delay it. */
export interface ChildDaemon<Verb extends ChildVerb> {
  /** Resolves when the daemon answers. @throws NgflowError with the daemon's own error. */
  ready(): Promise<ReadyReport<Verb>>;
  /** Resolves when the process has ended: to an error, unless it was stopped. */
  readonly ended: Promise<NgflowError | undefined>;
  /** Changes it while it runs. @throws NgflowError with the daemon's own error; then nothing has changed */
  change(change: CollectChange): Promise<void>;
  /**
   * Lets the daemon pass on what it holds, and ends the process. Resolves to its last report, or null if it sent none.
   * Safe to call twice.
   */
  stop(): Promise<FinalReport<Verb> | null>;
}

/** Watches a daemon's process that has been started. */
export function watchDaemon<Verb extends ChildVerb>(verb: Verb, child: DaemonProcess<Verb>): ChildDaemon<Verb> {
  let stopping = false;
  let final: FinalReport<Verb> | null = null;
  let changed: (failure: Failure | null) => void = () => {};
  const first = new Promise<FromChild<Verb>>((resolve) => {
    child.onMessage((message) => {
      resolve(message);
      if ("final" in message) final = message.final;
      if ("changed" in message) changed(message.changed);
    });
  });
  const unexpected = child.ended.then(
    (end) => new DaemonError("daemon-ended", `the ${NAMES[verb]} daemon ended unexpectedly (${how(end)})`),
  );
  return {
    ended: unexpected.then((error) => (stopping ? undefined : error)),
    async ready() {
      const message = await Promise.race([first, unexpected]);
      if (message instanceof NgflowError) throw message;
      if ("failed" in message) throw new RelayedError(message.failed);
      if ("ready" in message) return message.ready;
      throw await unexpected;
    },
    async change(change) {
      const done = new Promise<Failure | null>((resolve) => (changed = resolve));
      child.send({ change });
      const outcome = await Promise.race([done, unexpected]);
      if (outcome instanceof NgflowError) throw outcome;
      if (outcome !== null) throw new RelayedError(outcome);
    },
    async stop() {
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
