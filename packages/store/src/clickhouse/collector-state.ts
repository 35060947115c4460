import type { Tier, TierCover } from "@ngflow/flows";
import type { Ledger } from "../ledger/ledger.ts";
import type { UnrolledBlock, UnrolledDay } from "../ledger/ledger-file.ts";
import type { Ingester } from "../spool/ingester-types.ts";
import type { RollUps } from "./roll-ups.ts";
import type { Upkeep } from "./upkeep.ts";

/** What a collector says of its tables, so that others can read them as it does itself. */
export interface CollectorState {
  /** Id of its data directory. */
  readonly id: string;
  /** Number of the last step of its roll-ups, and what is not in them. */
  readonly steps: number;
  readonly blocks: readonly UnrolledBlock[];
  readonly days: readonly UnrolledDay[];
  /** The last block number of each table's parts that belong to this state, by the name of the tier. */
  readonly lastBlocks: Readonly<Record<string, number>>;
  readonly covers: Readonly<Record<string, TierCover>>;
  /** Days of which rows are missing. */
  readonly missing: readonly string[];
  /** Rows and bytes in its spool, and since when the oldest waits, Unix milliseconds; null if nothing does. */
  readonly rowsWaiting: number;
  readonly bytesWaiting: number;
  readonly oldestMs: number | null;
  /** Whether its process has ended after it wrote this. */
  readonly ended?: boolean;
}

interface StateParts {
  readonly id: string;
  readonly tiers: readonly Tier[];
  readonly ledger: Ledger;
  readonly rollUps: RollUps;
  readonly upkeep: Upkeep;
  readonly ingester: Ingester;
}

/** What a collector has now. */
export function stateOf({ id, tiers, ledger, rollUps, upkeep, ingester }: StateParts): CollectorState {
  const { steps = 0, blocks = [], days = [] } = ledger.rollUps ?? {};
  const { lastBlocks, covers } = rollUps.rolled;
  let oldestMs: number | null = null;
  for (const { madeMs } of ingester.waiting()) oldestMs = Math.min(oldestMs ?? madeMs, madeMs);
  const missing = new Set([...upkeep.missingDays(), ...rollUps.lostDays()]);
  return {
    ...{ id, steps, blocks, days },
    lastBlocks: Object.fromEntries(tiers.map(({ name, table }) => [name, lastBlocks.get(table) ?? -1])),
    covers: Object.fromEntries(tiers.map((tier) => [tier.name, covers(tier)])),
    missing: [...missing].sort(),
    rowsWaiting: ledger.sums(ingester.waiting()).waiting,
    bytesWaiting: ingester.stats().backlogBytes,
    oldestMs,
  };
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const ID = /^[0-9a-f]{1,64}$/;
const BLOCK_ID = /^[0-9a-f]{16}$/;

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value);
const isTime = (value: unknown): boolean => value === null || isNumber(value);
const isList = <T>(value: unknown, isItem: (item: T) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);
const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === "string" && pattern.test(value);

/**
 * Reads what a collector wrote; undefined if it is not of this form. It becomes a part of statements, so nothing but
 * numbers, days and ids of blocks passes.
 */
export function parseCollectorState(text: string, tiers: readonly Tier[]): CollectorState | undefined {
  let value: Partial<CollectorState> | null;
  try {
    value = JSON.parse(text) as Partial<CollectorState> | null;
  } catch {
    return undefined;
  }
  const { id, steps, blocks, days, lastBlocks, covers, missing, rowsWaiting, bytesWaiting, oldestMs } = value ?? {};
  const isBlock = (block: UnrolledBlock): boolean =>
    matches(BLOCK_ID)(block?.id) && [block.rows, block.minMs, block.maxMs].every(isNumber);
  const isDay = (day: UnrolledDay): boolean =>
    matches(DAY)(day?.day) && isTime(day.fromMs) && isList(day.except, matches(BLOCK_ID));
  const isKnown =
    matches(ID)(id) &&
    [steps, rowsWaiting, bytesWaiting].every(isNumber) &&
    isTime(oldestMs) &&
    isList(blocks, isBlock) &&
    isList(days, isDay) &&
    isList(missing, matches(DAY)) &&
    // A release that has other tiers says nothing of some of these.
    tiers.every(({ name }) => isNumber(lastBlocks?.[name] ?? -1) && isCover(covers?.[name] ?? HAS_NOT));
  return isKnown ? (value as CollectorState) : undefined;
}

/** What a collector has of a tier that its release does not know: it has nothing at any time. */
const HAS_NOT: TierCover = { sinceMs: Number.MAX_SAFE_INTEGER, oldestMs: Number.MAX_SAFE_INTEGER };

/** What a collector has of a tier. */
export function coverOf({ covers }: Pick<CollectorState, "covers">, { name }: Tier): TierCover {
  return covers[name] ?? HAS_NOT;
}

function isCover(cover: TierCover | undefined): boolean {
  return isNumber(cover?.sinceMs) && isNumber(cover.oldestMs);
}
