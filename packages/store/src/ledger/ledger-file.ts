import { open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { syncDirectory } from "../spool/block-file.ts";

/** A day on which rows were received, as the database names its partition: `YYYY-MM-DD`. */
export type Day = string;

export interface DayRows {
  readonly rows: number;
  /**
   * Unix milliseconds of the day's rows being stored, if the day was not plausible then (the clock that stamped the
   * rows was wrong); their age counts from here. Null for a plausible day.
   */
  readonly storedMs: number | null;
}

/** The rule by which days are dropped. */
export type DayRule = "age" | "quota";

/** The rule by which rows are dropped; `waiting`: they waited in the spool for too long. */
export type DropRule = DayRule | "waiting";

/** The first and the last day of a range. */
export type DayRange = readonly [first: Day, last: Day];

/** A day of a tier that was dropped. */
export interface Removal {
  readonly tier: string;
  readonly day: Day;
  readonly rows: number;
  readonly rule: DayRule;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** A block that is stored and not in the roll-ups yet. */
export interface UnrolledBlock {
  readonly id: string;
  readonly rows: number;
  /** When its rows were received, Unix milliseconds, both ends included. */
  readonly minMs: number;
  readonly maxMs: number;
}

/** A day of rows of before there were roll-ups, which are rolled up in slices. */
export interface UnrolledDay {
  readonly day: Day;
  /** Rows received before are rolled up; null for none. */
  readonly fromMs: number | null;
  /** Ids of blocks that are counted as blocks, not with the day. */
  readonly except: readonly string[];
}

/** What a step takes from the flows: blocks, or a slice of a day. */
export type RollUpStep =
  | { readonly kind: "blocks"; readonly blocks: readonly UnrolledBlock[] }
  | {
      readonly kind: "slice";
      readonly day: Day;
      /** Half-open range of the time received, Unix milliseconds. */
      readonly fromMs: number;
      readonly toMs: number;
      readonly isLast: boolean;
      readonly except: readonly string[];
    };

/**
 * By the name of each roll-up: the last day of which it may lack flows, because a release added it when there were
 * flows already; null for none.
 */
export type LacksUntil = Readonly<Record<string, Day | null>>;

/** Which rows are in the roll-ups. */
export interface RollUpState {
  /** Number of the last step that ended. */
  readonly steps: number;
  readonly blocks: readonly UnrolledBlock[];
  readonly days: readonly UnrolledDay[];
  /** A step that has begun; it is completed after a crash. */
  readonly begun: RollUpStep | null;
  /** Absent in ledgers of older releases. */
  readonly lacksUntil?: LacksUntil;
}

/** What is kept: the settings of a process that drops. */
export interface KeepLimits {
  /** Days a row is kept; 0 is forever. */
  readonly retentionDays: number;
  /** The same for rows of the roll-ups, by the name of the tier. */
  readonly tierDays: Readonly<Record<string, number>>;
  /** Days that addresses of hosts are kept; 0 is as long as their rows. Absent in ledgers of older releases. */
  readonly addressDays?: number;
  /** Most bytes of the tables; 0 is no limit. */
  readonly maxBytes: number;
  /** Least bytes free on the disk; 0 is no limit. */
  readonly minFreeBytes: number;
  /** Longest time that a block waits in the spool, milliseconds; 0 is no limit. */
  readonly spoolMaxAgeMs: number;
}

/** What a ledger keeps in its file. */
export interface LedgerState {
  readonly version: 1;
  /** Rows acknowledged by the spool up to the last block that was seen; null until the first block with a total. */
  readonly acknowledged: number | null;
  /**
   * Rows that are in the sums but not in `acknowledged`: those in the database before there was a ledger, and those of
   * blocks without a total.
   */
  readonly adopted: number;
  /** Rows that were stored and not dropped. */
  readonly days: Readonly<Record<Day, DayRows>>;
  /** Rows dropped by each rule. */
  readonly dropped: Readonly<Record<DropRule, number>>;
  /** A drop that has begun; it is repeated after a crash. */
  readonly dropping: { readonly day: Day; readonly rule: DayRule } | null;
  /** Null if there are no roll-ups. */
  readonly rollUps: RollUpState | null;
  /** The limits of the last process that drops; null before the first. */
  readonly limits: KeepLimits | null;
  /** The last days that were dropped, oldest first. */
  readonly removals: readonly Removal[];
  /** Every day of flows that was dropped. Absent in ledgers of older releases. */
  readonly gone?: readonly DayRange[];
  /** Ids of blocks that are counted here but whose file may still be in the spool. */
  readonly settled: readonly string[];
  /** Unix milliseconds of the last check that found the clock plausible; null before the first. */
  readonly clockMs: number | null;
}

export const EMPTY_LEDGER: LedgerState = {
  version: 1,
  acknowledged: null,
  adopted: 0,
  days: {},
  dropped: { age: 0, quota: 0, waiting: 0 },
  dropping: null,
  rollUps: null,
  limits: null,
  removals: [],
  settled: [],
  clockMs: null,
};

/** The state in a file; undefined if the file is absent or is not a ledger. @throws the system's error. */
export async function readLedger(file: string): Promise<LedgerState | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const state = JSON.parse(text) as Partial<LedgerState> | null;
    if (state?.version !== 1) return undefined;
    return { ...EMPTY_LEDGER, ...state, dropped: { ...EMPTY_LEDGER.dropped, ...state.dropped } };
  } catch {
    return undefined;
  }
}

/** Rows acknowledged according to a ledger; 0 if there is none. @throws the system's error. */
export async function readAcknowledged(file: string): Promise<number> {
  return (await readLedger(file))?.acknowledged ?? 0;
}

/** Writes the state so that after a power cut the file has either the old or the new one, whole. */
export async function writeLedger(file: string, state: LedgerState): Promise<void> {
  const temporary = `${file}.tmp`;
  try {
    const handle = await open(temporary, "w", 0o640);
    try {
      await handle.writeFile(`${JSON.stringify(state)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncDirectory(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
