import type { Tier, TierCover, Tiers } from "@ngflow/flows";
import type { Ledger } from "../ledger/ledger.ts";
import { dayAfter, dayStartMs, timeOf } from "../ledger/retention.ts";
import { databaseSql, localTable, systemTable } from "./cluster.ts";
import { NOTHING_ROLLED, type Rolled, unrolledOf } from "./rolled.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

const DAY_MS = 86_400_000;

interface RolledStateDeps {
  readonly client: SqlClient;
  readonly ledger: Ledger;
  /** The roll-ups have something else. */
  readonly changed?: (() => void) | undefined;
}

/** What queries read by: what the roll-ups have, and the flows that are not in them. */
export class RolledState {
  readonly #tiers: Tiers;
  readonly #deps: RolledStateDeps;
  #lastBlocks: ReadonlyMap<string, number> = new Map();
  #covers: ReadonlyMap<Tier, TierCover> = new Map();
  #rolled = NOTHING_ROLLED;

  constructor(tiers: Tiers, deps: RolledStateDeps) {
    this.#tiers = tiers;
    this.#deps = deps;
  }

  /** The state now. */
  get rolled(): Rolled {
    return this.#rolled;
  }

  /** Reads what the roll-ups have; queries know it from then on. @throws SqlError. */
  async refresh(): Promise<void> {
    const { client, ledger } = this.#deps;
    const { facts } = client;
    const names = new Map(this.#tiers.map(({ table }) => [localTable(facts, table), table]));
    const tables = this.#tiers.slice(1).map(({ table }) => sqlString(localTable(facts, table)));
    const rows = await client.inspect(
      `SELECT table, max(max_block_number), min(partition), max(partition) FROM ${systemTable(facts, "parts")} WHERE active AND rows > 0` +
        ` AND database = ${databaseSql(facts)} AND table IN (${tables.join(", ")}) GROUP BY table`,
    );
    this.#lastBlocks = new Map(rows.map(([table, last]) => [names.get(String(table))!, Number(last)]));
    const oldest = new Map(rows.map(([table, , day]) => [names.get(String(table))!, String(day)]));
    const [first] = this.#tiers;
    const flowsSince = [...ledger.days().keys()].sort()[0];
    const unrolled = ledger.rollUps?.days[0]?.day;
    const newest = rows
      .map(([, , , day]) => String(day))
      .sort()
      .at(-1);
    // What a tier has none of begins behind what the others have.
    const endMs = newest === undefined ? 0 : dayStartMs(newest) + DAY_MS;
    const covers = new Map<Tier, TierCover>([
      [
        first,
        {
          sinceMs: 0,
          oldestMs: flowsSince === undefined ? endMs : dayStartMs(flowsSince),
          gone: timeOf(ledger.gone),
        },
      ],
    ]);
    for (const tier of this.#tiers.slice(1)) {
      const lacksUntil = ledger.rollUps?.lacksUntil?.[tier.name];
      const present = [oldest.get(tier.table), unrolled].filter((day) => day !== undefined).sort()[0];
      const own = lacksUntil ? [present ?? "", dayAfter(lacksUntil)].sort()[1] : present;
      const oldestMs = own === undefined ? (flowsSince === undefined ? endMs : 0) : dayStartMs(own);
      const hasAll = own === undefined || flowsSince === undefined || own <= flowsSince;
      // Flows that ended on that day may have been received, and dropped, the day before.
      covers.set(tier, { oldestMs, sinceMs: hasAll ? 0 : oldestMs + DAY_MS });
    }
    this.#covers = covers;
    this.publish();
    this.#deps.changed?.();
  }

  /** The ledger has other blocks or days that are not rolled up. */
  publish(): void {
    const state = this.#deps.ledger.rollUps;
    const covers = this.#covers;
    this.#rolled = {
      unrolled: state === null ? null : unrolledOf(state),
      lastBlocks: this.#lastBlocks,
      lastStep: this.#deps.client.facts?.cluster === undefined ? undefined : (state?.steps ?? 0),
      covers: (tier) => covers.get(tier) ?? NOTHING_ROLLED.covers(tier),
    };
  }
}
