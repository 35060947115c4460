import type { Output } from "./shell-state.ts";
import type { ShellInput } from "./shell-text.ts";

/** Around a command: its streams, and what becomes of its exit status. */
export interface Context {
  /** Undefined: the terminal, or a program whose output only the machine knows. */
  readonly input: ShellInput | undefined;
  readonly out: Output;
  readonly err: Output;
  /** The status is looked at, so that `set -e` does not end the shell. */
  readonly checked: boolean;
  /** A failure of ngctl is expected: `if ngctl …`, `ngctl … || true`, `2>/dev/null`. */
  readonly expected: boolean;
}

/** Ends the script, or the subshell: `exit`. */
export class ShellExit extends Error {
  readonly status: number | undefined;

  constructor(status: number | undefined) {
    super("exit");
    this.status = status;
  }
}

/** Ends a function or a sourced file: `return`. */
export class ShellReturn extends Error {
  readonly status: number | undefined;

  constructor(status: number | undefined) {
    super("return");
    this.status = status;
  }
}

/** Leaves loops: `break`, `continue`. */
export class LoopControl extends Error {
  readonly kind: "break" | "continue";
  /** Loops to leave or continue, from 1. */
  depth: number;

  constructor(kind: "break" | "continue", depth: number) {
    super(kind);
    this.kind = kind;
    this.depth = depth;
  }
}

/** Exit status of a command; undefined when only the machine knows. */
export type Status = number | undefined;
