import { longOf, rollUpsOf, type Tiers } from "@ngflow/flows";
import type { Ledger } from "../ledger/ledger.ts";
import type { Day } from "../ledger/ledger-file.ts";
import { dayStartMs } from "../ledger/retention.ts";
import { FLOWS_COLUMN, RECEIVED_COLUMN } from "./ddl.ts";
import type { SqlClient } from "./sql-client.ts";

const DAY_MS = 86_400_000;

/**
 * Days whose flows a roll-up does not have all, or has twice: a part of it was lost, or set aside by the database. Only
 * days of which the flows are all there, and that are rolled up completely. Call it while nothing changes the tables.
 * @throws SqlError.
 */
export async function daysThatDiffer(client: SqlClient, tiers: Tiers, ledger: Ledger): Promise<ReadonlySet<Day>> {
  const long = longOf(tiers);
  const { rollUps: state } = ledger;
  const differ = new Set<Day>();
  if (long === undefined || state === null || state.begun !== null) return differ;
  const isRolled = (day: Day): boolean => {
    const startMs = dayStartMs(day);
    const isOn = ({ minMs, maxMs }: (typeof state.blocks)[number]): boolean =>
      minMs < startMs + DAY_MS && maxMs >= startMs;
    return !state.days.some((other) => other.day === day) && !state.blocks.some(isOn);
  };
  const days = [...ledger.days()].filter(([day]) => !ledger.missing.has(day) && isRolled(day));
  const sums = async (sql: string): Promise<ReadonlyMap<Day, number>> =>
    new Map((await client.inspect(sql)).map(([day, flows]) => [String(day), Number(flows)]));
  const longs = await sums(`SELECT toString(toDate(TimeReceived)) AS day, count() FROM ${long.table} GROUP BY day`);
  for (const { name, table } of rollUpsOf(tiers)) {
    const flows = await sums(
      `SELECT toString(${RECEIVED_COLUMN}) AS day, sum(${FLOWS_COLUMN}) FROM ${table} GROUP BY day`,
    );
    for (const [day, { rows }] of days) {
      const isDropped = ledger.removals.some((removal) => removal.tier === name && removal.day === day);
      if (!isDropped && (flows.get(day) ?? 0) + (longs.get(day) ?? 0) !== rows) differ.add(day);
    }
  }
  return differ;
}
