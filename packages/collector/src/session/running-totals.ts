import { seedRuns } from "./restart.ts";
import { ENTRY, ENTRY_WORDS } from "./running-entry.ts";
import { RunningFlows } from "./running-flows.ts";
import { addressWords, type Session } from "./session.ts";
import type { SessionTable } from "./session-table.ts";
import { TotalsFile } from "./totals-file.ts";
import { isEnded, KIND, putFlow, putRun, RECORD, RECORD_WORDS, TotalsJournal } from "./totals-journal.ts";

/** Records of a piece of the file when it is written as a whole. */
const PIECE_RECORDS = 8192;
/** Least time between two attempts to write the file as a whole, milliseconds. */
const APART_MS = 1000;
/** What no exporter has asked for in so long is dropped, milliseconds. */
const UNCLAIMED_MS = 3_600_000;
/** Most addresses, and most runs, that wait for their exporter. */
const MOST_WAITING = 32_768;

interface Waiting {
  readonly address: Uint32Array;
  /** Since when it waits, on the monotonic clock. */
  readonly sinceMs: number;
}

interface SavedTable extends Waiting {
  readonly flows: RunningFlows;
}

/**
 * Keeps the totals of running flows over a restart of the collector, in a file to which every report is appended when
 * its row goes to the sink. What was read at start waits for the exporters to send.
 */
export class RunningTotals {
  readonly #sessions: SessionTable;
  readonly #file: TotalsFile;
  readonly #journal: TotalsJournal;
  readonly #nowMs: () => number;
  /** Tables by the words of their address, and runs by the key of their session. */
  readonly #tables = new Map<string, SavedTable>();
  readonly #runs = new Map<string, Run>();
  #triedMs = -Infinity;
  #notSaved = 0;
  #rewriting: Promise<void> = Promise.resolve();

  /**
   * @param maxRecords most reports between two flushes
   * @param nowMs a monotonic clock, milliseconds
   * @param onError called when the file cannot be written
   */
  constructor(
    sessions: SessionTable,
    stateDir: string,
    maxRecords: number,
    nowMs: () => number,
    onError: (error: unknown) => void,
  ) {
    this.#sessions = sessions;
    this.#nowMs = nowMs;
    this.#file = new TotalsFile(stateDir, onError);
    this.#journal = new TotalsJournal(maxRecords, (records) => this.#file.append(records));
    sessions.runningFlows.journal = this.#journal;
  }

  /** Reports that the file lacks. */
  get notSaved(): number {
    return this.#journal.notSaved;
  }

  /** Reads the file, and writes it again without what has ended. False when it cannot be used. */
  async restore(): Promise<boolean> {
    const room = this.#sessions.runningFlows;
    const isUsable = this.#file.read((records) => {
      for (let o = 0; o < records.length; o += RECORD_WORDS) this.#take(records, o);
    });
    room.evicted = 0;
    if (this.#tables.size > 0) await this.#rewrite();
    return isUsable;
  }

  /** Gives a session that is the first of its address the table that was read, if its exporter had one. */
  claim(session: Session): void {
    const key = session.sourceWords.join(" ");
    const saved = this.#tables.get(key);
    if (saved === undefined) return;
    this.#tables.delete(key);
    session.share.totals = saved.flows;
  }

  /** A session has its port: it goes on with the run that it had before. */
  giveRun(session: Session): void {
    setRunKey(session);
    const key = runKeyOf(session.runKey, session.sourceWords);
    const saved = this.#runs.get(key);
    if (saved === undefined) return;
    this.#runs.delete(key);
    session.run = session.savedRun = saved.run;
  }

  /** A session is dropped. If its connection has ended, the exporter's next one goes on where it was. */
  keep({ connection, savedRun, run, runKey, sourceWords, share }: Session): void {
    if (connection === 0 || savedRun !== run) return;
    this.#keepRun({ run, key: runKey.slice(), address: sourceWords, sinceMs: this.#nowMs() });
    if (share.sessions > 1 || this.#tables.size >= MOST_WAITING) return;
    this.#tables.set(sourceWords.join(" "), { address: sourceWords, flows: share.totals, sinceMs: this.#nowMs() });
    share.totals = new RunningFlows(this.#sessions.runningFlows);
  }

  /** Writes what has changed, after the rows went to the sink. */
  flush(): void {
    const journal = this.#journal;
    if (journal.notSaved > this.#notSaved) {
      this.#notSaved = journal.notSaved;
      this.#file.isBroken = true;
    }
    if (journal.isEmpty) return;
    if (this.#file.isDue && this.#nowMs() - this.#triedMs >= APART_MS) void this.#rewrite();
    void journal.flush();
  }

  /** Drops what no exporter has asked for. */
  tidy(): void {
    const before = this.#nowMs() - UNCLAIMED_MS;
    // They are in the order of their times.
    for (const [key, { flows, sinceMs }] of this.#tables) {
      if (sinceMs > before) break;
      flows.drop();
      this.#tables.delete(key);
    }
    for (const [key, { sinceMs }] of this.#runs) {
      if (sinceMs > before) break;
      this.#runs.delete(key);
    }
  }

  /** Writes the rest and closes the file. */
  async close(): Promise<void> {
    this.#sessions.runningFlows.journal = undefined;
    await this.#journal.flush();
    await this.#journal.flush();
    await this.#rewriting;
    // Lacking something, or over the size: written as a whole for the last time.
    if (this.#triedMs > -Infinity && this.#file.isDue) await this.#rewrite();
    await this.#file.close();
  }

  #take(records: Uint32Array, o: number): void {
    const address = records.slice(o + RECORD.address, o + RECORD.entry);
    if (records[o] === KIND.run) {
      const run = records[o + RECORD.run]!;
      seedRuns(run);
      this.#keepRun({ run, key: records.slice(o + RECORD.keyA, o + RECORD.run), address, sinceMs: this.#nowMs() });
    } else if (records[o] === KIND.flow) {
      const key = address.join(" ");
      let saved = this.#tables.get(key);
      if (saved === undefined) {
        if (this.#tables.size >= MOST_WAITING) return;
        saved = { address, flows: new RunningFlows(this.#sessions.runningFlows), sinceMs: this.#nowMs() };
        this.#tables.set(key, saved);
      }
      putEntry(saved.flows, records, o);
    }
  }

  #keepRun(run: Run): void {
    const key = runKeyOf(run.key, run.address);
    this.#runs.delete(key);
    this.#runs.set(key, run);
    if (this.#runs.size > MOST_WAITING) this.#runs.delete(this.#runs.keys().next().value!);
  }

  #rewrite(): Promise<void> {
    this.#triedMs = this.#nowMs();
    return (this.#rewriting = this.#rewriting.then(() => this.#file.rewrite(this.#pieces())));
  }

  /** All records, in pieces that use the same memory. */
  *#pieces(): Generator<Uint32Array> {
    const piece = new Uint32Array(PIECE_RECORDS * RECORD_WORDS);
    const sessions = [...this.#sessions.values()];
    let o = 0;
    const runs: Pick<Run, "run" | "key" | "address">[] = [...this.#runs.values()];
    for (const { savedRun, run, runKey, sourceWords } of sessions) {
      if (savedRun === run && run !== 0) runs.push({ run, key: runKey.slice(), address: sourceWords });
    }
    for (const { run, key, address } of runs) {
      putRun(piece, o, address, key, run);
      o += RECORD_WORDS;
      if (o === piece.length) yield piece;
      o %= piece.length;
    }
    yield piece.subarray(0, o);
    const tables = new Map<RunningFlows, Uint32Array>();
    for (const { flows, address } of this.#tables.values()) tables.set(flows, address);
    for (const { share, sourceWords } of sessions) tables.set(share.totals, sourceWords);
    for (const [flows, address] of tables) yield* tableOf(flows, address, piece);
  }
}

interface Run extends Waiting {
  readonly run: number;
  readonly key: Uint32Array;
}

/** The records of a table. Every piece is of the table as it is then; one that has grown is read from its start. */
function* tableOf(flows: RunningFlows, address: Uint32Array, piece: Uint32Array): Generator<Uint32Array> {
  let { words } = flows;
  for (let at = 0; at < words.length;) {
    let o = 0;
    for (; at < words.length && o < piece.length; at += ENTRY_WORDS) {
      if (words[at + ENTRY.used] === 0) continue;
      putFlow(piece, o, address, words, at);
      o += RECORD_WORDS;
    }
    yield piece.subarray(0, o);
    if (flows.words !== words) {
      ({ words } = flows);
      at = 0;
    }
  }
}

function putEntry(flows: RunningFlows, records: Uint32Array, o: number): void {
  const entry = records.subarray(o + RECORD.entry, o + RECORD.entry + ENTRY_WORDS);
  const [tagA, tagB] = [entry[ENTRY.tagA]!, entry[ENTRY.tagB]!];
  let at = flows.find(tagA, tagB);
  if (isEnded(records, o)) {
    if (at >= 0) flows.remove(at);
    return;
  }
  if (at < 0) at = flows.add(tagA, tagB, entry[ENTRY.used]!);
  flows.words.set(entry, at);
}

const runKeyOf = (key: Uint32Array, address: Uint32Array): string => `${key.join(" ")} ${address.join(" ")}`;

/** Identifies a session over a restart of the collector: a connection then has another port. */
function setRunKey({ runKey, port, connection, protocol, domain, agent }: Session): void {
  const words = [connection > 0 ? -1 : port, protocol.number, domain, ...(agent === "" ? [] : addressWords(agent))];
  let [a, b] = [0x811c9dc5, 0x51ed270b];
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193) ^ (a >>> 15);
    b = Math.imul(b ^ word, 0x9e3779b1) ^ (b >>> 13);
  }
  runKey[0] = a;
  runKey[1] = b;
}
