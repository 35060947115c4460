import { type ExitName, NgflowError } from "@ngflow/base";

/** Every error code of this package: the exit status of a command that ends with it, and what the error means. */
export const COLLECTOR_ERRORS = {
  "listen-in-use": { exit: "os", meaning: "Another program has the UDP port." },
  "listen-denied": { exit: "os", meaning: "The user may not bind the UDP port." },
  "listen-no-address": { exit: "os", meaning: "The machine does not have the address to listen on." },
  "listen-failed": { exit: "os", meaning: "The system refused the UDP port for another reason." },
} as const satisfies Record<string, { readonly exit: ExitName; readonly meaning: string }>;

export type CollectorErrorCode = keyof typeof COLLECTOR_ERRORS;

/** An error of this package; its exit status follows from its code. */
export class CollectorError extends NgflowError {
  declare readonly code: CollectorErrorCode;

  constructor(code: CollectorErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, COLLECTOR_ERRORS[code].exit, options);
    this.name = "CollectorError";
  }
}
