import { ENTRY, ENTRY_WORDS } from "./running-entry.ts";
import type { TotalsJournal } from "./totals-journal.ts";

const WAYS = 8;
const LEAST_ENTRIES = 16;
/** Most flows of one exporter address. */
const MOST_ENTRIES = 65_536;
/** Most entries of all tables together: 21 MB. */
const MOST_IN_ALL = 524_288;
/** A flow that was not reported for so long is no loss when it gives way. */
const FORGOTTEN_S = 3600;

/** What the tables of all exporters share: their room, and what was counted. */
export class RunningFlowsRoom {
  /** Where changes of totals are noted, so that they survive a restart; undefined for nowhere. */
  journal: TotalsJournal | undefined;
  /** Entries of all tables. */
  entries = 0;
  /** Flows known now. */
  flows = 0;
  /** Flows that gave way to others while they may still have been running. */
  evicted = 0;
}

/**
 * Flows of an exporter that were reported and may be reported again: when the last report ended, and what it had
 * counted by then. A table of fixed entries, eight to a bucket; it doubles while there is room, and then the flow of a
 * bucket that was silent for longest gives way.
 */
export class RunningFlows {
  words = new Uint32Array(0);
  /** Of each entry, a word that tells most flows apart, 0 in a free one. Those of a bucket are in one cache line. */
  #marks = new Uint32Array(0);
  readonly #room: RunningFlowsRoom;
  #entries = 0;
  #flows = 0;

  constructor(room: RunningFlowsRoom) {
    this.#room = room;
  }

  /** Where its changes are noted. */
  get journal(): TotalsJournal | undefined {
    return this.#room.journal;
  }

  /** Offset of the flow's entry in `words`; -1 when it is not known. */
  find(tagA: number, tagB: number): number {
    if (this.#entries === 0) return -1;
    const { words } = this;
    const marks = this.#marks;
    const mark = markOf(tagB);
    const first = this.#bucket(tagA);
    for (let entry = first; entry < first + WAYS; entry++) {
      if (marks[entry] !== mark) continue;
      const at = entry * ENTRY_WORDS;
      if (words[at + ENTRY.tagA] === tagA && words[at + ENTRY.tagB] === tagB) return at;
    }
    return -1;
  }

  /** A new entry for a flow that is not known. The caller writes its times and counts. */
  add(tagA: number, tagB: number, nowS: number): number {
    let entry = this.#place(tagA, nowS);
    while (entry < 0) {
      this.#grow();
      entry = this.#place(tagA, nowS);
    }
    const { words } = this;
    const marks = this.#marks;
    if (marks[entry] === 0) {
      this.#flows++;
      this.#room.flows++;
    }
    marks[entry] = markOf(tagB);
    const at = entry * ENTRY_WORDS;
    for (let i = at; i < at + ENTRY_WORDS; i++) words[i] = 0;
    words[at + ENTRY.tagA] = tagA;
    words[at + ENTRY.tagB] = tagB;
    words[at + ENTRY.used] = nowS;
    return at;
  }

  /** The flow has ended. */
  remove(at: number): void {
    this.words[at + ENTRY.used] = 0;
    this.#marks[at / ENTRY_WORDS] = 0;
    this.#flows--;
    this.#room.flows--;
  }

  /** Gives its room back. */
  drop(): void {
    this.#room.entries -= this.#entries;
    this.#room.flows -= this.#flows;
    this.words = new Uint32Array(0);
    this.#marks = new Uint32Array(0);
    this.#entries = this.#flows = 0;
  }

  /** The first entry of a bucket. */
  #bucket(tagA: number): number {
    return (tagA & (this.#entries / WAYS - 1)) * WAYS;
  }

  /** An entry to use: a free one, else that of the flow that was silent for longest; -1 when the table should grow. */
  #place(tagA: number, nowS: number): number {
    if (this.#entries === 0) return -1;
    const { words } = this;
    const marks = this.#marks;
    const first = this.#bucket(tagA);
    for (let entry = first; entry < first + WAYS; entry++) if (marks[entry] === 0) return entry;
    let oldest = first;
    let oldestS = words[first * ENTRY_WORDS + ENTRY.used]!;
    for (let entry = first + 1; entry < first + WAYS; entry++) {
      const used = words[entry * ENTRY_WORDS + ENTRY.used]!;
      if (used >= oldestS) continue;
      oldest = entry;
      oldestS = used;
    }
    if (nowS - oldestS < FORGOTTEN_S) {
      if (this.#entries < MOST_ENTRIES && this.#room.entries + this.#entries <= MOST_IN_ALL) return -1;
      this.#room.evicted++;
    }
    return oldest;
  }

  #grow(): void {
    const { words: before } = this;
    const marksBefore = this.#marks;
    const added = this.#entries === 0 ? LEAST_ENTRIES : this.#entries;
    this.#entries += added;
    this.#room.entries += added;
    const words = new Uint32Array(this.#entries * ENTRY_WORDS);
    const marks = new Uint32Array(this.#entries);
    for (let entry = 0; entry < marksBefore.length; entry++) {
      const mark = marksBefore[entry]!;
      if (mark === 0) continue;
      const from = entry * ENTRY_WORDS;
      // Every bucket is split in two: each half has room for what it gets.
      let to = this.#bucket(before[from + ENTRY.tagA]!);
      while (marks[to] !== 0) to++;
      marks[to] = mark;
      for (let i = 0; i < ENTRY_WORDS; i++) words[to * ENTRY_WORDS + i] = before[from + i]!;
    }
    this.words = words;
    this.#marks = marks;
  }
}

/** The mark of a flow, never 0. */
function markOf(tagB: number): number {
  return (tagB | 1) >>> 0;
}
