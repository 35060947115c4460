import { graphAt, type GraphHistory, type GraphSnapshot, type HistoryStep, strerror } from "@ngflow/server/client";
import { netgraph as t } from "./messages.ts";

const NOTHING_LOST = { loopDrops: 0, queueOverflows: 0, deliveriesToDeadNode: 0, nodesRefused: 0 };

/** The graph after the first `count` steps, as a snapshot in which nothing has passed yet. */
export function snapshotAt(history: GraphHistory, count: number): GraphSnapshot {
  const nodes = graphAt(history, count).map((node) => ({
    ...node,
    counters: {},
    hooks: node.hooks.map((hook) => ({ ...hook, outPackets: 0, outBytes: 0, outErrors: 0 })),
  }));
  const timeMs = history.steps[count - 1]?.timeMs ?? 0;
  return { revision: count, timeMs, nodes, counters: NOTHING_LOST, ended: {}, endedRoles: {} };
}

/** What a step made: ids of nodes, and ends of links as `id:hook`. */
export interface Marks {
  readonly nodes: ReadonlySet<number>;
  readonly ends: ReadonlySet<string>;
}

export function marksOf(step: HistoryStep | undefined): Marks {
  const nodes = new Set<number>();
  const ends = new Set<string>();
  for (const change of step?.changes ?? []) {
    if (change.kind === "made" || change.kind === "named") nodes.add(change.id);
    else if (change.kind === "joined") for (const { id, hook } of change.ends) ends.add(`${id}:${hook}`);
  }
  return { nodes, ends };
}

/** `Step 3 of 8`, or the state before the first step. */
export function stepTitle(history: GraphHistory, count: number): string {
  if (count > 0) return t.stepOf(count, history.steps.length);
  return history.dropped === 0 ? t.beforeFirst : t.beforeLast(history.steps.length);
}

/** The operation as an ngctl command. */
export function stepCommand(step: HistoryStep | undefined): string {
  if (step === undefined) return "";
  return step.words.length === 0 ? t.byNode : step.words.map(quoted).join(" ");
}

/** Why the step was refused; null when it was not. */
export function refusalOf(step: HistoryStep | undefined): string | null {
  return step === undefined || step.errno === 0 ? null : strerror(step.errno);
}

function quoted(word: string): string {
  return word === "" || /\s/.test(word) ? JSON.stringify(word) : word;
}
