import type { Function as ShellFunction } from "unbash";
import type { ShellText } from "./shell-text.ts";

/** What a shell knows at one moment. A subshell works on a copy. */
export class ShellState {
  variables: Map<string, string>;
  arrays: Map<string, readonly string[]>;
  functions: Map<string, ShellFunction>;
  /** Arguments of the script or the function; undefined when those of the script are not given. */
  args: readonly string[] | undefined;
  /** How many unknown arguments `shift` has removed. */
  shifted = 0;
  /** Values that `local` has hidden, of each function that runs, the innermost last. */
  readonly hidden: Map<string, string | undefined>[] = [];
  /** `set -e`: the shell ends with the first command that fails without being checked. */
  stopsAtError = false;
  /** Exit status of the last command; undefined when only the machine knows. */
  status: number | undefined = 0;

  constructor(variables: Iterable<readonly [string, string]>, args: readonly string[] | undefined) {
    this.variables = new Map(variables);
    this.arrays = new Map();
    this.functions = new Map();
    this.args = args;
  }

  /** A copy for a subshell: what it changes is gone when it ends. */
  copy(): ShellState {
    const copy = new ShellState(this.variables, this.args);
    copy.arrays = new Map(this.arrays);
    copy.functions = new Map(this.functions);
    copy.shifted = this.shifted;
    copy.stopsAtError = this.stopsAtError;
    copy.status = this.status;
    for (const frame of this.hidden) copy.hidden.push(new Map(frame));
    return copy;
  }

  /** A text that is equal as long as no variable, argument or function changes. */
  fingerprint(): string {
    return JSON.stringify([[...this.variables], this.args, this.shifted, [...this.arrays], [...this.functions.keys()]]);
  }
}

/** Where a command writes. */
export interface Output {
  /** What it has written; undefined for the terminal and for `/dev/null`. */
  readonly text?: ShellText;
  /** Nobody sees it: `/dev/null`, or closed. */
  readonly hidden: boolean;
}

export const TERMINAL: Output = { hidden: false };
export const NOWHERE: Output = { hidden: true };
