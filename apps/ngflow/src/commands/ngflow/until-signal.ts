import { VerbError } from "./errors.ts";

/**
 * Runs work that ends when Ctrl-C or SIGTERM is received: its signal aborts, so a query frees the engine at once.
 * A second Ctrl-C ends the process as usual.
 *
 * @throws VerbError `interrupted`
 */
export async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    return await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    throw new VerbError("interrupted", "interrupted", { cause: error });
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
