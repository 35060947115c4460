/** A script that is tried on a model. Nothing of the machine is read or changed. */
export interface ExplainQuestion {
  /** Lines of ngctl, a shell or rc.d script, or text pasted from a terminal. */
  readonly script: string;
  /** Colours of the pictures. */
  readonly theme: "light" | "dark";
  /** Arguments of a shell script: its `$1` and so on. */
  readonly args: readonly string[];
  /** Values of shell variables. */
  readonly set: Readonly<Record<string, string>>;
}

/** A moment of the script: before it, after a step, or after its end. */
export interface ExplainScene {
  /** `Step 3 of 6`. */
  readonly heading: string;
  readonly command: string;
  /** What it did, or why it was refused. */
  readonly note: string;
  readonly outcome: "start" | "done" | "refused" | "expected" | "unclear" | "not reached" | "end";
  /** Line of the script; null before and after it. */
  readonly line: number | null;
  /** What it means for the traffic, a sentence each. */
  readonly means: readonly string[];
  /** What ngctl printed. */
  readonly output: string;
  /** What is left behind if it fails, and the commands that undo it; null before and after the script. */
  readonly left: string | null;
  readonly undo: readonly string[];
  /** The picture, an SVG document; null where the graph is too large for one. */
  readonly svg: string | null;
}

/** Packets of a direction that do not reach their end between two scenes; `to` is null if nothing restores them. */
export interface ExplainCut {
  readonly interface: string;
  readonly direction: "in" | "out";
  readonly from: number;
  readonly to: number | null;
}

/** What a script would do. */
export interface ExplainAnswer {
  /** `refused`: a step would be. `unclear`: a part is not understood, or only the machine knows. */
  readonly judgement: "ok" | "refused" | "unclear";
  readonly interfaces: readonly string[];
  readonly findings: readonly { readonly severity: "info" | "warning" | "error"; readonly text: string }[];
  readonly cuts: readonly ExplainCut[];
  readonly scenes: readonly ExplainScene[];
  /** Parts that are not understood, and commands that are not run. */
  readonly notes: readonly { readonly line: number; readonly text: string }[];
}

/** Tries scripts; `busy` when as many as may wait do. @throws NgflowError for a script that cannot be tried. */
export type Explain = (question: ExplainQuestion, signal: AbortSignal) => Promise<ExplainAnswer | "busy">;

/** Longest script, in characters. */
export const SCRIPT_MAX = 200_000;
/** Longest body of a request with a script, in bytes. */
export const EXPLAIN_BODY_MAX = 1_048_576;
