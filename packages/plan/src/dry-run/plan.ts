import type { GraphChange } from "@ngflow/graph";
import type { Picture } from "../drawing/picture.ts";
import type { Direction } from "./probe-frame.ts";
import type { IgnoredLine, ScriptEnd } from "../script/script-line.ts";
import type { ScriptNote } from "../shell/findings.ts";
import type { Cut, Traffic } from "./traffic.ts";

/** The machine at one moment of a plan. */
export interface PlanState {
  readonly traffic: readonly Traffic[];
  /** Null when the graph is too large to draw. */
  readonly picture: Picture | null;
}

/** What one command of a script does, as found out by running it on a model. */
export interface PlanStep extends PlanState {
  /** From 1, kldload lines and comments not counted. */
  readonly number: number;
  /** Line of the file. */
  readonly line: number;
  readonly command: string;
  /**
   * `not reached`: an earlier line was refused, and ngctl stops there. `unclear`: it would be refused as it is, but a
   * value in it, or in a step that it depends on, is only known on the machine.
   */
  readonly outcome: "done" | "refused" | "not reached" | "unclear";
  /** The script expects that this step may be refused: it tests the status, or hides the error. */
  readonly mayFail: boolean;
  /** Values in the command that only the machine knows, to be given with `--set`. */
  readonly needs: readonly string[];
  /** What ngctl prints, without its name; null when it succeeds. */
  readonly error: string | null;
  /** FreeBSD's number of the error, null when there is none. */
  readonly errno: number | null;
  /** Why it was refused. */
  readonly why: string | null;
  /** What it did to the graph, the first hundred parts of it. */
  readonly changes: readonly GraphChange[];
  /** How many more parts changed. */
  readonly moreChanges: number;
  /** What ngctl printed. */
  readonly output: string;
  /** The state that a failure of this step leaves behind. */
  readonly ifItFails: LeftBehind;
  /**
   * False when the graph had grown so large that probes went out after some steps only: `traffic` is that of the last
   * step that was probed.
   */
  readonly probed: boolean;
  /** Later steps that are refused when this one is left out; null: too many steps to find out. */
  readonly neededBy: readonly number[] | null;
}

/** What steps so far have left in the machine. */
export interface LeftBehind {
  /** Nodes that were not there before, as `name (type)`; the first hundred. */
  readonly nodes: readonly string[];
  /** Directions that are cut. */
  readonly cut: readonly { readonly interface: string; readonly direction: Direction }[];
  /** Commands that undo the steps so far. */
  readonly undo: readonly string[];
}

/** A kldload or kldunload line. */
export interface ModuleLine {
  readonly line: number;
  readonly command: string;
  readonly error: string | null;
}

/** Whether a user who works over an interface keeps the connection. */
export interface RemoteShell {
  readonly interface: string;
  /** Typing the lines one by one over this interface. */
  readonly survivesTyping: boolean;
  /** Running them from a file on the machine. */
  readonly survivesFile: boolean;
  /** Steps at which it is lost and restored. */
  readonly lostAt: number | null;
  readonly backAt: number | null;
}

/** A script tried on a model. */
export interface Plan {
  /** Name of the script, `-` for standard input. */
  readonly script: string;
  readonly style: "file" | "shell";
  readonly interfaces: readonly string[];
  /** Before the first step. */
  readonly start: PlanState;
  readonly steps: readonly PlanStep[];
  /** After ngctl has ended and its own node was removed; null when that changes nothing. */
  readonly end: (PlanState & { readonly changes: readonly GraphChange[] }) | null;
  readonly cuts: readonly Cut[];
  readonly modules: readonly ModuleLine[];
  readonly ignored: readonly IgnoredLine[];
  /** Branches that were chosen where only the machine knows. */
  readonly assumed: readonly ScriptNote[];
  /** Parts of the script that are not understood. */
  readonly unclear: readonly ScriptNote[];
  /** Commands of ngctl that the script does not run. */
  readonly notRun: readonly ScriptNote[];
  /** Where the script ends by itself, and its exit status; null when it runs to its last line. */
  readonly ended: ScriptEnd | null;
  readonly remoteShell: readonly RemoteShell[];
  /** The findings, the most important first. */
  readonly verdict: readonly Finding[];
}

/** A finding in one sentence. */
export interface Finding {
  /** `error`: a step is refused, or traffic stays cut; `warning`: traffic is cut for some steps, or in part. */
  readonly severity: "info" | "warning" | "error";
  readonly text: string;
}
