import { ENTRY, ENTRY_WORDS } from "./running-entry.ts";
import type { TotalsJournal } from "./totals-journal.ts";

const WAYS = 8;
const LEAST_ENTRIES = 16;
/** Most flows of one exporter address. */
const MOST_ENTRIES = 65_536;
/** Most entries of all tables together: 19 MB. */
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
    let at = this.#bucket(tagA);
    for (let way = 0; way < WAYS; way++, at += ENTRY_WORDS) {
      if (words[at + ENTRY.tagA] === tagA && words[at + ENTRY.tagB] === tagB && words[at + ENTRY.used] !== 0) return at;
    }
    return -1;
  }

  /** A new entry for a flow that is not known. The caller writes its times and counts. */
  add(tagA: number, tagB: number, nowS: number): number {
    let at = this.#place(tagA, nowS);
    while (at < 0) {
      this.#grow();
      at = this.#place(tagA, nowS);
    }
    const { words } = this;
    if (words[at + ENTRY.used] === 0) {
      this.#flows++;
      this.#room.flows++;
    }
    words.fill(0, at, at + ENTRY_WORDS);
    words[at + ENTRY.tagA] = tagA;
    words[at + ENTRY.tagB] = tagB;
    words[at + ENTRY.used] = nowS;
    return at;
  }

  /** The flow has ended. */
  remove(at: number): void {
    this.words[at + ENTRY.used] = 0;
    this.#flows--;
    this.#room.flows--;
  }

  /** Gives its room back. */
  drop(): void {
    this.#room.entries -= this.#entries;
    this.#room.flows -= this.#flows;
    this.words = new Uint32Array(0);
    this.#entries = this.#flows = 0;
  }

  #bucket(tagA: number): number {
    return (tagA & (this.#entries / WAYS - 1)) * WAYS * ENTRY_WORDS;
  }

  /** An entry to use: a free one, else that of the flow that was silent for longest; -1 when the table should grow. */
  #place(tagA: number, nowS: number): number {
    if (this.#entries === 0) return -1;
    const { words } = this;
    let oldest = this.#bucket(tagA);
    for (let way = 0, at = oldest; way < WAYS; way++, at += ENTRY_WORDS) {
      const used = words[at + ENTRY.used]!;
      if (used === 0) return at;
      if (used < words[oldest + ENTRY.used]!) oldest = at;
    }
    if (nowS - words[oldest + ENTRY.used]! < FORGOTTEN_S) {
      if (this.#entries < MOST_ENTRIES && this.#room.entries + this.#entries <= MOST_IN_ALL) return -1;
      this.#room.evicted++;
    }
    return oldest;
  }

  #grow(): void {
    const before = this.words;
    const added = this.#entries === 0 ? LEAST_ENTRIES : this.#entries;
    this.#entries += added;
    this.#room.entries += added;
    this.words = new Uint32Array(this.#entries * ENTRY_WORDS);
    for (let at = 0; at < before.length; at += ENTRY_WORDS) {
      if (before[at + ENTRY.used] === 0) continue;
      // Every bucket is split in two: each half has room for what it gets.
      this.words.set(before.subarray(at, at + ENTRY_WORDS), this.#free(before[at + ENTRY.tagA]!));
    }
  }

  #free(tagA: number): number {
    let at = this.#bucket(tagA);
    while (this.words[at + ENTRY.used] !== 0) at += ENTRY_WORDS;
    return at;
  }
}
