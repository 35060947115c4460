import { EXIT, type Failure, failureOf, NgflowError } from "@ngflow/base";

/** Any error as another process gets it. */
export function asFailure(error: unknown): Failure {
  if (error instanceof NgflowError) return failureOf(error);
  return { code: "internal", message: (error as Error).message, exit: EXIT.failed };
}
