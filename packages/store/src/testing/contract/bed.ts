import type { Spool } from "../../spool/spool-types.ts";
import type { Store } from "../../store.ts";
import type { TestRow } from "../rows.ts";

/** What the groups of the contract test on. */
export interface ContractBed {
  /** Defines a test, unless the backend skips it. */
  readonly test: (name: string, run: () => Promise<void>, timeoutMs?: number) => void;
  /** Puts rows into a new time range and returns the range. */
  readonly given: (rows: readonly TestRow[], spanMs?: number) => Promise<{ fromMs: number; toMs: number }>;
  /** There while a test runs. */
  readonly store: Store;
  readonly spool: Spool;
}

/** Unix milliseconds of the first range. */
export const T0 = Date.UTC(2026, 0, 2, 12, 0, 0);
export const DAY = 86_400_000;
/** Time of a property test, on a machine that is busy with others. */
export const SLOW_MS = 180_000;
