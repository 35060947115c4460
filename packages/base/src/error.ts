/** Exit codes of every command: 0, 1, and numbers of BSD's sysexits. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 64,
  data: 65,
  noInput: 66,
  os: 71,
  cannotCreate: 73,
  config: 78,
} as const;

export type ExitName = keyof typeof EXIT;

/**
 * An error meant for a person: one line that says what was wrong, where, and what to do. `code` is stable and listed
 * in the reference; `exit` decides the exit status of a command that ends with it.
 */
export class NgflowError extends Error {
  readonly code: string;
  readonly exit: number;

  constructor(code: string, message: string, exit: ExitName = "failed", options?: { cause?: unknown }) {
    super(message, options);
    this.name = "NgflowError";
    this.code = code;
    this.exit = EXIT[exit];
  }
}
