import { constants } from "node:os";
import { failureOf, RelayedError } from "@ngflow/base";
import { VerbError } from "./errors.ts";

/**
 * Runs work that ends when Ctrl-C or SIGTERM is received: its signal aborts, so a query frees the engine at once.
 * A second Ctrl-C ends the process as usual.
 *
 * @throws NgflowError `interrupted`, with the exit status of a command that the signal ended
 */
export async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  let by: NodeJS.Signals = "SIGINT";
  const stop = (signal: NodeJS.Signals): void => {
    by = signal;
    stopping.abort();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    return await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    const failure = failureOf(new VerbError("interrupted", "interrupted"));
    throw new RelayedError({ ...failure, exit: 128 + constants.signals[by] }, { cause: error });
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
