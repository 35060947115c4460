import { NgError } from "@ngflow/graph";
import { KernelError } from "@ngflow/os";

/** Runs a kernel operation; its refusal becomes the errno that netgraph's callers expect. */
export function translated<T>(operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const refusal = new NgError(error.errno);
    refusal.cause = error;
    throw refusal;
  }
}
