import { failureOf, NgflowError } from "@ngflow/base";
import type { ChildVerb, FinalReport, FromChild, ReadyReport, ToChild } from "./child-messages.ts";
import { asFailure } from "../reload/as-failure.ts";
import type { CollectChange } from "../reload/collect-change.ts";
import { stopRequested } from "./stop.ts";

function send<Verb extends ChildVerb>(message: FromChild<Verb>): void {
  if (process.connected) process.send?.(message);
}

/** Sends the parent that the daemon is ready. */
export function reportReady<Verb extends ChildVerb>(_verb: Verb, ready: ReadyReport<Verb>): void {
  send<Verb>({ ready });
}

/** Makes the changes that the parent asks for, and tells it what became of them. */
export function changeWhenAsked(change: (change: CollectChange) => Promise<void>): void {
  process.on("message", (message: ToChild) => {
    if (message === "stop") return;
    change(message.change).then(
      () => send<"collect">({ changed: null }),
      (error: unknown) => send<"collect">({ changed: asFailure(error) }),
    );
  });
}

/** Sends the parent the daemon's last report. Resolves when the process may end. */
export function reportFinal<Verb extends ChildVerb>(_verb: Verb, final: FinalReport<Verb>): Promise<void> {
  return sendLast<Verb>({ final });
}

/** Sends a message and closes the channel. A channel that is closed earlier cuts a long message off. */
async function sendLast<Verb extends ChildVerb>(message: FromChild<Verb>): Promise<void> {
  if (!process.connected) return;
  await new Promise<void>((resolve) => process.send!(message, undefined, undefined, () => resolve()));
  if (process.connected) process.disconnect();
}

/** Resolves when the parent sends `stop` or ends; without a parent, at a signal. */
export function stopAsked(): Promise<unknown> {
  const told = new Promise((resolve) => {
    process.on("message", (message: ToChild) => message === "stop" && resolve(message));
  });
  return Promise.race([told, stopRequested()]);
}

/** Runs a daemon. If it has a parent, its error is sent there instead of being thrown. */
export async function reportingFailure(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!process.connected || !(error instanceof NgflowError)) throw error;
    process.exitCode = error.exit;
    await sendLast({ failed: failureOf(error) });
  }
}
