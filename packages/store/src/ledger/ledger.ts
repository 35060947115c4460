import { TIERS } from "@ngflow/flows";
import { createSerial } from "../serial.ts";
import type { BlockName } from "../spool/block-name.ts";
import { withGone } from "./gone-days.ts";
import {
  type Day,
  type DayRange,
  type DayRule,
  type DayRows,
  type DropRule,
  EMPTY_LEDGER,
  type KeepLimits,
  type LedgerState,
  readLedger,
  type Removal,
  type RollUpState,
  writeLedger,
} from "./ledger-file.ts";

/** Rows of each day received. */
export type RowsByDay = ReadonlyMap<Day, number>;

/** The sums of a ledger: acknowledged = stored + dropped + damaged + waiting, always. */
export interface LedgerSums {
  readonly acknowledged: number;
  readonly stored: number;
  readonly dropped: number;
  /** Rows of blocks set aside, rows that the database has lost, and rows of blocks that disappeared from the spool. */
  readonly damaged: number;
  readonly waiting: number;
}

/**
 * Counts every acknowledged row until it is dropped, in a file outside the database, so that what the database has can
 * be compared with what it was given. Changes are made in memory; `save` makes them durable. A block is counted once:
 * its id is kept until its file is gone for good.
 */
export class Ledger {
  readonly #file: string;
  #acknowledged: number | null = null;
  #adopted = 0;
  #dropped: Record<DropRule, number> = { age: 0, quota: 0, waiting: 0 };
  #dropping: LedgerState["dropping"] = null;
  #removals: readonly Removal[] = [];
  #gone: readonly DayRange[] = [];
  /** Which rows are in the roll-ups; null if that is not known. */
  rollUps: RollUpState | null;
  /** The limits of the last process that drops; null before the first. */
  limits: KeepLimits | null;
  #clockMs: number | null = null;
  readonly #days = new Map<Day, DayRows>();
  readonly #settled = new Set<string>();
  /** Rows of each day that the database lacked when it was last compared. */
  #missing: RowsByDay = new Map();
  /** Rows that the database had in excess then. */
  #excess = 0;
  /** Two writes at once would use the same temporary file. */
  readonly #saving = createSerial();

  private constructor(file: string, state: LedgerState) {
    this.#file = file;
    this.#acknowledged = state.acknowledged;
    this.#adopted = state.adopted;
    this.#dropped = { ...state.dropped };
    this.#dropping = state.dropping;
    this.#removals = state.removals;
    this.rollUps = state.rollUps;
    this.limits = state.limits;
    this.#clockMs = state.clockMs;
    this.#gone = state.gone ?? goneOf(state);
    for (const [day, rows] of Object.entries(state.days)) this.#days.set(day, rows);
    for (const id of state.settled) this.#settled.add(id);
  }

  /** The ledger of a file. `known` is false if there was none, or one that cannot be read: call `adopt` then. */
  static async open(file: string): Promise<{ readonly ledger: Ledger; readonly known: boolean }> {
    const state = await readLedger(file);
    return { ledger: new Ledger(file, state ?? EMPTY_LEDGER), known: state !== undefined };
  }

  /** Takes over what the database has, without the rows of blocks that still wait. */
  adopt(days: RowsByDay): void {
    for (const [day, rows] of days) {
      this.#add(day, rows, null);
      this.#adopted += rows;
    }
  }

  /**
   * Blocks were found in the spool. A new ledger starts at the first of them: what was acknowledged before it has been
   * adopted.
   */
  see(blocks: Iterable<BlockName>): void {
    if (this.#acknowledged !== null) return;
    let before = Number.POSITIVE_INFINITY;
    for (const { total, rows } of blocks) if (total !== null) before = Math.min(before, total - rows);
    if (before === Number.POSITIVE_INFINITY) return;
    this.#acknowledged = before;
    this.#adopted -= before;
  }

  /** Whether a block is counted already. */
  isSettled(id: string): boolean {
    return this.#settled.has(id);
  }

  /**
   * A block was stored. `days` are the rows that the database has of it. `storedMs` is the time now, for days that are
   * not plausible by `isPlausible`.
   */
  store(block: BlockName, days: RowsByDay, storedMs: number, isPlausible: (day: Day) => boolean): void {
    if (this.#settled.has(block.id)) return;
    this.#settle(block);
    let stored = 0;
    for (const [day, rows] of days) {
      stored += rows;
      this.#add(day, rows, isPlausible(day) ? null : storedMs);
    }
    // The name may be wrong about the rows.
    this.#adopted += Math.max(0, stored - block.rows);
  }

  /** A block was set aside. */
  setAside(block: BlockName): void {
    if (!this.#settled.has(block.id)) this.#settle(block);
  }

  /** A block that waited for too long is not stored. */
  dropWaiting(block: BlockName): void {
    if (this.#settled.has(block.id)) return;
    this.#settle(block);
    this.#dropped.waiting += block.rows;
  }

  /** Rows that were never stored because they waited for too long. */
  get droppedWaiting(): number {
    return this.#dropped.waiting;
  }

  /** A block that was set aside is in the spool again. */
  takeBack(block: BlockName): void {
    this.#settled.delete(block.id);
    if (block.total === null) this.#adopted -= block.rows;
  }

  /** The files of these blocks are gone for good. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#settled.delete(id);
  }

  settledIds(): readonly string[] {
    return [...this.#settled];
  }

  /** A day is about to be dropped; `save`, drop it, then call `dropped`. */
  drop(day: Day, rule: DayRule): void {
    this.#dropping = { day, rule };
  }

  /** The drop that has begun and not ended. */
  get dropping(): LedgerState["dropping"] {
    return this.#dropping;
  }

  /** The day that was about to be dropped is not there any more. Returns its rows. */
  dropped(): number {
    if (this.#dropping === null) return 0;
    const { day, rule } = this.#dropping;
    const rows = this.#days.get(day)?.rows ?? 0;
    const missing = this.#missing.get(day) ?? 0;
    // Rows that the database had lost before were not dropped by a rule.
    this.#dropped[rule] += rows - missing;
    this.#missing = new Map([...this.#missing].filter(([other]) => other !== day));
    this.#days.delete(day);
    this.#gone = withGone(this.#gone, day, this.#days.keys());
    this.#dropping = null;
    return rows - missing;
  }

  /** A day of a tier was dropped. */
  remove(removal: Removal): void {
    this.#removals = [...this.#removals, removal].slice(-REMOVALS);
  }

  /** The last days that were dropped, oldest first. */
  get removals(): readonly Removal[] {
    return this.#removals;
  }

  /** Days of flows that were dropped, in order of time. */
  get gone(): readonly DayRange[] {
    return this.#gone;
  }

  /** Compares with the rows that the database has. Not while a block is being inserted. */
  compare(days: RowsByDay): void {
    const missing = new Map<Day, number>();
    for (const [day, { rows }] of this.#days) {
      const lacking = rows - (days.get(day) ?? 0);
      if (lacking > 0) missing.set(day, lacking);
    }
    this.#missing = missing;
    this.#excess = 0;
    for (const [day, rows] of days) this.#excess += Math.max(0, rows - (this.#days.get(day)?.rows ?? 0));
  }

  /** Rows of each day that the database lacked when it was last compared. */
  get missing(): RowsByDay {
    return this.#missing;
  }

  /** Rows that the database had in excess when it was last compared: an insert that the ledger does not know. */
  get excess(): number {
    return this.#excess;
  }

  /** Days with rows, and how old they count. */
  days(): ReadonlyMap<Day, DayRows> {
    return this.#days;
  }

  get clockMs(): number | null {
    return this.#clockMs;
  }

  set clockMs(unixMs: number | null) {
    this.#clockMs = unixMs;
  }

  /** The sums, with the blocks that wait in the spool as it was last listed. */
  sums(waiting: Iterable<BlockName>): LedgerSums {
    const missing = sumOf(this.#missing.values());
    let stored = 0;
    for (const { rows } of this.#days.values()) stored += rows;
    stored -= missing;
    const dropped = sumOf(Object.values(this.#dropped));
    let waits = 0;
    let acknowledged = (this.#acknowledged ?? 0) + this.#adopted;
    for (const { id, rows, total } of waiting) {
      if (this.#settled.has(id)) continue;
      waits += rows;
      if (total === null || total > (this.#acknowledged ?? 0)) acknowledged += rows;
    }
    // The rest was set aside, lost by the database, or in blocks that disappeared: later totals include their rows.
    return { acknowledged, stored, dropped, damaged: acknowledged - stored - dropped - waits, waiting: waits };
  }

  /** Makes every change so far durable. @throws the system's error; the changes stay in memory. */
  save(): Promise<void> {
    return this.#saving(() => this.#write());
  }

  async #write(): Promise<void> {
    await writeLedger(this.#file, {
      version: 1,
      acknowledged: this.#acknowledged,
      adopted: this.#adopted,
      days: Object.fromEntries(this.#days),
      dropped: this.#dropped,
      dropping: this.#dropping,
      rollUps: this.rollUps,
      limits: this.limits,
      removals: this.#removals,
      gone: this.#gone,
      settled: [...this.#settled],
      clockMs: this.#clockMs,
    });
  }

  #add(day: Day, rows: number, storedMs: number | null): void {
    this.#days.set(day, { rows: (this.#days.get(day)?.rows ?? 0) + rows, storedMs });
  }

  #settle({ id, rows, total }: BlockName): void {
    this.#settled.add(id);
    if (total === null) {
      this.#adopted += rows;
      return;
    }
    this.#acknowledged = Math.max(this.#acknowledged ?? 0, total);
  }
}

/** The dropped days of an older release, as far as it listed them. */
function goneOf({ removals, days }: LedgerState): readonly DayRange[] {
  const [{ name }] = TIERS;
  const there = Object.keys(days);
  let gone: readonly DayRange[] = [];
  for (const { tier, day } of removals) if (tier === name) gone = withGone(gone, day, there);
  return gone;
}

/** Dropped days that are kept for the status. */
const REMOVALS = 100;

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
