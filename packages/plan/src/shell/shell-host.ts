import type { Syntax } from "./syntax.ts";
import type { ScriptCommand } from "../script/script-line.ts";

/** How a command of ngctl ended. */
export interface NgctlEnd {
  readonly ok: boolean;
  /** The command ends ngctl: `quit`. */
  readonly quit: boolean;
  /** What it printed on standard output and on standard error. */
  readonly output: string;
  readonly error: string | null;
}

/** The machine that a script is run on: a model, so that nothing of this one changes. */
export interface ShellHost {
  /** Runs a command of ngctl. Commands of a session share one ngctl. */
  readonly run: (command: ScriptCommand) => Promise<NgctlEnd>;
  /** The ngctl of a session ends. */
  readonly close: (session: number) => Promise<void>;
  /** Whether there is a node of that name. */
  readonly hasNode: (name: string) => boolean;
  /** Text of a file that the script reads; undefined when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
}

export interface ShellOptions {
  readonly host: ShellHost;
  readonly syntax: Syntax;
  /** ngctl's command words in full. */
  readonly verbs: readonly string[];
  /** Values that the script does not set itself, or only the machine knows. */
  readonly variables: Readonly<Record<string, string>>;
  /** Arguments of the script; undefined when they are not given. */
  readonly args: readonly string[] | undefined;
  /** Whether the script is for bash, which expands braces. */
  readonly bash: boolean;
}
