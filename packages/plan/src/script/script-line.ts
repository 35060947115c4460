import type { ScriptNote } from "../shell/findings.ts";

/** One command of a script, its place, and the words that ngctl would get. */
export interface ScriptCommand {
  /** Line of the file, from 1. */
  readonly line: number;
  /** The command as it is written, without prompts; its first 1000 characters. */
  readonly text: string;
  readonly words: readonly string[];
  /** `ngctl`: a step; `module`: kldload or kldunload, which are not steps. */
  readonly kind: "ngctl" | "module";
  /**
   * Commands of the same session share an ngctl process, and with it the node that `.` denotes. A process that reads a
   * file ends with its first failure; one that a person types into, or that runs one command, does not stop the next.
   */
  readonly session: number;
  readonly stopsAtFailure: boolean;
  /** Name that `ngctl -n` gives to its node. */
  readonly nodeName?: string;
  /** The script expects that it may fail: it tests the status, or hides the error. */
  readonly mayFail?: boolean;
  /** Values in it that only the machine knows: `IF` of `$IF`, `1` of `$1`, `$(ifconfig em0)`. */
  readonly needs?: readonly string[];
}

/** A line that is not a command of ngctl and does not affect the graph. */
export type IgnoredLine = ScriptNote;

/** How a shell script ends by itself before its last line. */
export interface ScriptEnd {
  /** Line of the command that ends it. */
  readonly line: number;
  /** Its exit status; null when only the machine knows. */
  readonly status: number | null;
}

export interface Script {
  /** `file`: lines for `ngctl -f`; `shell`: a shell script or a transcript of a terminal. */
  readonly style: "file" | "shell";
  readonly commands: readonly ScriptCommand[];
  readonly ignored: readonly IgnoredLine[];
  /** What was decided where only the machine knows: which branch is taken. */
  readonly assumed: readonly ScriptNote[];
  /** What is not understood. The script may do more than is reported. */
  readonly unclear: readonly ScriptNote[];
  /** Commands of ngctl that are not run: in functions that are not called, and branches that are not taken. */
  readonly notRun: readonly ScriptNote[];
  /** Null when it runs to its last line. */
  readonly ended: ScriptEnd | null;
}
