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
}

/** A line that is not a command of ngctl and does not affect the graph. */
export interface IgnoredLine {
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface Script {
  /** `file`: lines for `ngctl -f`; `shell`: a shell script or a transcript of a terminal. */
  readonly style: "file" | "shell";
  readonly commands: readonly ScriptCommand[];
  readonly ignored: readonly IgnoredLine[];
}
