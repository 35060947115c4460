import { ENTRY, ENTRY_WORDS } from "./running-entry.ts";

/** Words of a record: kind, four of the source address, an entry of running-flows.ts (nine), and a check. */
export const RECORD_WORDS = 15;
/** What a record holds: a flow, whose `used` is 0 when it has ended, or the number of an exporter's run. */
export const KIND = { flow: 0x4e46_0001, run: 0x4e46_0002 } as const;
/** Offsets in a record. A run has the two words of its session's key and its number after the address. */
export const RECORD = { address: 1, entry: 5, keyA: 5, keyB: 6, run: 7, check: 14 } as const;

/** A session, as far as its run is saved. */
export interface RunOwner {
  readonly sourceWords: Uint32Array;
  readonly runKey: Uint32Array;
  readonly run: number;
  savedRun: number;
}

/** Fills in the check of the record at `o`. */
export function seal(words: Uint32Array, o: number): void {
  words[o + RECORD.check] = checkOf(words, o);
}

/** Whether the record at `o` is whole. */
export function isWhole(words: Uint32Array, o: number): boolean {
  return words[o + RECORD.check] === checkOf(words, o);
}

function checkOf(words: Uint32Array, o: number): number {
  let check = 0x811c9dc5;
  for (let i = o; i < o + RECORD.check; i++) check = Math.imul(check ^ words[i]!, 0x01000193) ^ (check >>> 13);
  return check >>> 0;
}

/** Writes the record of a flow to `out` at `o`. @param at offset of its entry in `words` */
export function putFlow(out: Uint32Array, o: number, address: Uint32Array, words: Uint32Array, at: number): void {
  out[o] = KIND.flow;
  for (let i = 0; i < 4; i++) out[o + RECORD.address + i] = address[i]!;
  for (let i = 0; i < ENTRY_WORDS; i++) out[o + RECORD.entry + i] = words[at + i]!;
  seal(out, o);
}

/** Writes the record of a session's run to `out` at `o`. */
export function putRun(out: Uint32Array, o: number, address: Uint32Array, key: Uint32Array, run: number): void {
  out.fill(0, o, o + RECORD_WORDS);
  out[o] = KIND.run;
  for (let i = 0; i < 4; i++) out[o + RECORD.address + i] = address[i]!;
  out[o + RECORD.keyA] = key[0]!;
  out[o + RECORD.keyB] = key[1]!;
  out[o + RECORD.run] = run;
  seal(out, o);
}

/**
 * What has changed of running totals since it was last written: one record for each report of a flow. Two buffers: one
 * is filled while the other is written. What does not fit is counted, and asks for the whole to be written again.
 */
export class TotalsJournal {
  /** Records that were not saved because writing was too slow, or failed. */
  notSaved = 0;
  #words = new Uint32Array(0);
  #other = new Uint32Array(0);
  readonly #maxWords: number;
  #used = 0;
  #writing: Promise<undefined> | undefined;
  readonly #write: (records: Uint32Array) => Promise<void>;

  /** @param write writes records; it does not fail, and the memory is used again afterwards */
  constructor(maxRecords: number, write: (records: Uint32Array) => Promise<void>) {
    this.#maxWords = maxRecords * RECORD_WORDS;
    this.#write = write;
  }

  /** A flow was reported or has ended. `at` is the offset of its entry in `words`. */
  note(session: RunOwner, words: Uint32Array, at: number): void {
    if (session.savedRun !== session.run) {
      const o = this.#place();
      if (o < 0) return;
      putRun(this.#words, o, session.sourceWords, session.runKey, session.run);
      session.savedRun = session.run;
    }
    const o = this.#place();
    if (o >= 0) putFlow(this.#words, o, session.sourceWords, words, at);
  }

  /** Whether nothing was noted since the last write began. */
  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** Begins to write what was noted, unless writing goes on. Settles when what is being written is. */
  flush(): Promise<unknown> {
    if (this.#used === 0 || this.#writing !== undefined) return this.#writing ?? Promise.resolve();
    const records = this.#words.subarray(0, this.#used);
    [this.#words, this.#other] = [this.#other, this.#words];
    this.#used = 0;
    return (this.#writing = this.#write(records).then(() => (this.#writing = undefined)));
  }

  /** Makes a buffer. Most collectors have no exporter that sends totals, and need none. */
  #grow(): void {
    this.#words = new Uint32Array(this.#maxWords);
  }

  #place(): number {
    const o = this.#used;
    if (o + RECORD_WORDS > this.#words.length) {
      if (this.#words.length > 0) {
        this.notSaved++;
        return -1;
      }
      this.#grow();
    }
    this.#used = o + RECORD_WORDS;
    return o;
  }
}

/** The record of a flow at `o` has ended. */
export function isEnded(words: Uint32Array, o: number): boolean {
  return words[o + RECORD.entry + ENTRY.used] === 0;
}
