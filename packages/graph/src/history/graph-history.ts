import type { GraphChange } from "../structure/graph-change.ts";
import type { StructureNode } from "../structure/structure.ts";

/** One operation on the graph, and what it changed. */
export interface HistoryStep {
  /** Counts the steps since the graph was made, from 1 on. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly timeMs: number;
  /** Name of the node that asked for it, its address if it has none; null: the daemon itself, for an interface. */
  readonly sender: string | null;
  /**
   * The operation in the words of ngctl, with its path; `made NAME` and `gone NAME` for nodes that come and go with an
   * interface; empty for what nodes did by themselves.
   */
  readonly words: readonly string[];
  /** 0, or why it was refused. */
  readonly errno: number;
  /** What is different since the step before, in order. */
  readonly changes: readonly GraphChange[];
}

/** How a graph came to be, as far back as it is kept. */
export interface GraphHistory {
  /** The graph before the first of `steps`. */
  readonly base: readonly StructureNode[];
  readonly steps: readonly HistoryStep[];
  /** Steps that are no longer kept: `base` is what they made. */
  readonly dropped: number;
}
