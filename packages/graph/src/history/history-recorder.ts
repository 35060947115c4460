import type { Clock } from "@ngflow/base";
import { displayText } from "../byte-string.ts";
import type { Hook } from "../hook.ts";
import type { Node } from "../node.ts";
import type { EdgeEnd, GraphChange } from "../structure/graph-change.ts";
import type { Journal } from "../structure/journal.ts";
import { KeptJournal } from "../structure/kept-journal.ts";
import type { GraphHistory, HistoryStep } from "./graph-history.ts";
import { StructureReplay } from "./structure-replay.ts";

/** Changes that are kept for each step that may be kept, in the mean: one shutdown may part thousands of hooks. */
const CHANGES_PER_STEP = 32;

/**
 * Keeps the last operations of a graph. Changes that are reported to it belong to the step that is noted next. Nodes of
 * programs without hooks come and go; they are left out. With a limit of 0 nothing is kept.
 */
export class HistoryRecorder {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #base = new StructureReplay();
  readonly #quiet = new Set<Node>();
  readonly #journals = new Set<KeptJournal>();
  #steps: HistoryStep[] = [];
  #first = 0;
  #pending: GraphChange[] = [];
  #keptChanges = 0;
  #sequence = 0;

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Begins a journal, which is told of every change from now on. */
  begin(find: (id: number) => Node | undefined): Journal {
    const journal = new KeptJournal(find, (each) => this.#journals.delete(each));
    this.#journals.add(journal);
    return journal;
  }

  /** The node is about to get a message, to gain or lose a hook, or to end. */
  touching(node: Node): void {
    for (const journal of this.#journals) journal.touching(node);
  }

  made(node: Node): void {
    if (!this.#isKept) return;
    this.#change(madeOf(node), node.type.role === "program");
    if (this.#limit > 0 && node.type.role === "program") this.#quiet.add(node);
  }

  /** The node is about to lose its name and its place. */
  gone(node: Node): void {
    if (this.#isKept) this.#change({ ...madeOf(node), kind: "gone" }, this.#quiet.delete(node));
  }

  named(node: Node, was: string | null): void {
    if (!this.#isKept) return;
    const { id, type, name } = node;
    const change = { kind: "named", id, type: type.name, name: displayText(name!), was: text(was) } as const;
    this.#change(change, this.#quiet.has(node));
  }

  joined(a: Hook, b: Hook): void {
    if (!this.#isKept) return;
    for (const { node } of [a, b]) if (this.#quiet.delete(node)) this.#pending.push(madeOf(node));
    this.#change({ kind: "joined", ends: [endOf(a), endOf(b)] });
  }

  parted(a: Hook, b: Hook): void {
    if (this.#isKept) this.#change({ kind: "parted", ends: [endOf(a), endOf(b)] });
  }

  get #isKept(): boolean {
    return this.#limit > 0 || this.#journals.size > 0;
  }

  /** @param quiet it is for journals only. */
  #change(change: GraphChange, quiet = false): void {
    if (this.#limit > 0 && !quiet) this.#pending.push(change);
    for (const journal of this.#journals) journal.note(change);
  }

  /** An operation has ended; `errno` is 0 or why it was refused. */
  note(sender: Node | undefined, words: readonly string[], errno: number): void {
    if (this.#limit === 0) return;
    this.#add(sender === undefined ? null : displayText(sender.name ?? `[${sender.id.toString(16)}]`), words, errno);
  }

  /** A node came or went with an interface. A program that comes or goes is not a step. */
  noteNode(word: "made" | "gone", node: Node, name: string | null): void {
    if (node.type.role === "program" && this.#pending.length === 0) return;
    this.note(undefined, node.type.role === "program" ? [] : [word, name ?? `[${node.id.toString(16)}]`], 0);
  }

  history(): GraphHistory {
    if (this.#pending.length > 0) this.#add(null, [], 0);
    const steps = this.#steps.slice(this.#first);
    return { base: this.#base.nodes(), steps, dropped: this.#sequence - steps.length };
  }

  #add(sender: string | null, words: readonly string[], errno: number): void {
    const changes = this.#pending;
    this.#pending = [];
    this.#keptChanges += changes.length;
    const shown = words.map((word) => displayText(word));
    this.#steps.push({ sequence: ++this.#sequence, timeMs: this.#clock.nowMs(), sender, words: shown, errno, changes });
    while (this.#steps.length - this.#first > this.#limit || this.#keptChanges > this.#limit * CHANGES_PER_STEP)
      this.#fold();
    if (this.#first <= this.#limit) return;
    this.#steps = this.#steps.slice(this.#first);
    this.#first = 0;
  }

  /** Makes the oldest step part of the base. */
  #fold(): void {
    const { changes } = this.#steps[this.#first++]!;
    this.#keptChanges -= changes.length;
    for (const change of changes) this.#base.apply(change);
  }
}

function madeOf({ id, type, name }: Node): GraphChange & { readonly kind: "made" | "gone" } {
  return { kind: "made", id, type: type.name, role: type.role, name: text(name) };
}

function endOf({ node, name }: Hook): EdgeEnd {
  return { id: node.id, node: text(node.name), hook: displayText(name) };
}

function text(name: string | null): string | null {
  return name === null ? null : displayText(name);
}
