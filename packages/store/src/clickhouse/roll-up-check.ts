import { longOf, rollUpsOf, type Tier, type Tiers } from "@ngflow/flows";
import type { Ledger } from "../ledger/ledger.ts";
import type { Day, RollUpState } from "../ledger/ledger-file.ts";
import { FLOWS_COLUMN, RECEIVED_COLUMN } from "./ddl.ts";
import { rowsOfStep } from "./roll-up-sql.ts";
import type { SqlClient, SqlError } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";
import { unreadablePart } from "./unreadable.ts";

/** Days whose flows a roll-up does not have all, or has twice: a part was lost, or set aside by the database. */
export interface DaysThatDiffer {
  /** The flows have all of the day: its sums can be made again. */
  readonly again: ReadonlySet<Day>;
  /** The flows were dropped before: the sums are lost. */
  readonly lost: ReadonlySet<Day>;
}

/**
 * Compares every roll-up with the ledger. Days of which flows are missing, and days of before there were roll-ups that
 * are not rolled up yet, are not compared. Call it while nothing changes the tables. @throws SqlError.
 */
export async function daysThatDiffer(client: SqlClient, tiers: Tiers, ledger: Ledger): Promise<DaysThatDiffer> {
  const long = longOf(tiers);
  const { rollUps: state } = ledger;
  const again = new Set<Day>();
  const lost = new Set<Day>();
  if (long === undefined || state === null || state.begun !== null) return { again, lost };
  const unrolled = await unrolledRows(client, tiers, state);
  // Flows of a day that were dropped are in the sums, together with those that came later.
  const removed = rowsRemoved(ledger, tiers[0]);
  const days = new Map(removed);
  for (const [day, { rows }] of ledger.days()) days.set(day, (removed.get(day) ?? 0) + rows - (unrolled.get(day) ?? 0));
  for (const day of [...ledger.missing.keys(), ...state.days.map((each) => each.day)]) days.delete(day);
  const longs = await sumsByDay(client, long, "toDate(TimeReceived)", "count()");
  for (const tier of rollUpsOf(tiers)) {
    const flows = await sumsByDay(client, tier, RECEIVED_COLUMN, `sum(${FLOWS_COLUMN})`);
    const first = [...flows.sums.keys(), ...flows.unreadable].sort()[0];
    const dropped = rowsRemoved(ledger, tier);
    for (const [day, rows] of days) {
      // An older release may have stored or dropped flows before there was this roll-up.
      if (
        day <= (state.lacksUntil?.[tier.name] ?? "") ||
        dropped.has(day) ||
        (removed.has(day) && (first === undefined || day < first))
      )
        continue;
      const isWhole = (flows.sums.get(day) ?? 0) + (longs.sums.get(day) ?? 0) === rows;
      const isRead = !flows.unreadable.includes(day) && !longs.unreadable.includes(day);
      if (!isWhole || !isRead) (removed.has(day) ? lost : again).add(day);
    }
  }
  return { again, lost };
}

/** Rows of each day that were dropped from a table. */
export function rowsRemoved({ removals }: Ledger, { name }: Tier): ReadonlyMap<Day, number> {
  const removed = new Map<Day, number>();
  for (const { tier, day, rows } of removals) if (tier === name) removed.set(day, (removed.get(day) ?? 0) + rows);
  return removed;
}

/** Rows of each day that are stored and not in the roll-ups yet. */
async function unrolledRows(
  client: SqlClient,
  [flows]: Tiers,
  { blocks }: RollUpState,
): Promise<ReadonlyMap<Day, number>> {
  if (blocks.length === 0) return new Map();
  const rows = await client.inspect(
    `SELECT toString(toDate(TimeReceived)) AS day, count() FROM ${flows.table}` +
      ` WHERE ${rowsOfStep({ kind: "blocks", blocks })} GROUP BY day`,
  );
  return new Map(rows.map(([day, count]) => [String(day), Number(count)]));
}

/** A sum for each day of a table, and the days that cannot be read. */
async function sumsByDay(
  client: SqlClient,
  { table }: Tier,
  day: string,
  sum: string,
): Promise<{ readonly sums: ReadonlyMap<Day, number>; readonly unreadable: readonly Day[] }> {
  const unreadable: Day[] = [];
  for (;;) {
    const except = unreadable.length === 0 ? "" : ` WHERE ${day} NOT IN (${unreadable.map(sqlString).join(", ")})`;
    try {
      const rows = await client.inspect(
        `SELECT toString(${day}) AS received, ${sum} FROM ${table}${except} GROUP BY received`,
      );
      return { sums: new Map(rows.map(([name, count]) => [String(name), Number(count)])), unreadable };
    } catch (error) {
      const part = unreadablePart(error as SqlError);
      if (part === undefined || unreadable.includes(part.day)) throw error;
      unreadable.push(part.day);
    }
  }
}
