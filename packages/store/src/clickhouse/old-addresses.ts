import type { Log } from "@ngflow/base";
import { COLUMNS, emptiedColumns, longOf, NATIVE_TYPES, reducedPorts, type Tier, type Tiers } from "@ngflow/flows";
import type { Day } from "../ledger/ledger-file.ts";
import { dayStartMs, daysTooOld } from "../ledger/retention.ts";
import type { Serial } from "../serial.ts";
import { dropSetAside } from "../spool/set-aside.ts";
import { localTable, onCluster } from "./cluster.ts";
import { servicePortSql } from "./derived-sql.ts";
import { detachedParts, partsOf, rowsByDay } from "./parts.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

const DAY_MS = 86_400_000;
/** The day of a part in its name, also behind the reason for which it was detached. */
const DAY_OF_PART = /(?:^|_)(\d{4})(\d{2})(\d{2})_\d+_\d+_\d+(?:_\d+)?(?:_try\d+)?$/;

interface OldAddressesDeps {
  readonly client: SqlClient;
  readonly log: Log;
  readonly spoolDirectory: string;
  /** Inserts, drops and comparisons happen one at a time. */
  readonly exclusive: Serial;
}

/**
 * Removes addresses of hosts that are too old from what is kept for longer: from copies of long flows, which stay for
 * the totals, and with blocks and parts that were set aside.
 */
export class OldAddresses {
  readonly #tiers: Tiers;
  readonly #deps: OldAddressesDeps;
  /** Rows of the days whose copies have none, as they were then: more may come. */
  readonly #emptied = new Map<Day, number>();

  constructor(tiers: Tiers, deps: OldAddressesDeps) {
    this.#tiers = tiers;
    this.#deps = deps;
  }

  /** Removes those of days that are over for longer than `days`; none for 0. @throws SqlError. */
  async remove(days: number, nowMs: number): Promise<void> {
    if (days === 0) return;
    await this.#fromLong(days, nowMs);
    await this.#fromSetAside(nowMs - days * DAY_MS);
  }

  async #fromLong(keepDays: number, nowMs: number): Promise<void> {
    const { client, log, exclusive } = this.#deps;
    const long = longOf(this.#tiers);
    const values = withoutAddresses(this.#tiers);
    if (long === undefined || values.length === 0) return;
    const rows = rowsByDay(await partsOf(client, long));
    const days = new Map([...rows].map(([day, count]) => [day, { rows: count, storedMs: null }]));
    for (const day of daysTooOld(days, keepDays, nowMs, true)) {
      if (this.#emptied.get(day) === rows.get(day)) continue;
      const [row] = await client.inspect(
        `SELECT countIf(${values.map(([name, value]) => `${name} != ${value}`).join(" OR ")}) FROM ${long.table}` +
          ` WHERE toDate(TimeReceived) = ${sqlString(day)}`,
      );
      if (Number(row?.[0]) > 0) {
        await exclusive(() => client.run(this.#emptying(long, values, day)));
        log.info({ tier: long.name, day, rows: Number(row?.[0]) }, "store: removed the addresses of old long flows");
      }
      this.#emptied.set(day, rows.get(day)!);
    }
  }

  #emptying(long: Tier, values: ReturnType<typeof withoutAddresses>, day: Day): string {
    const { facts } = this.#deps.client;
    return (
      `ALTER TABLE ${localTable(facts, long.table)}${onCluster(facts)} UPDATE ${values.map((value) => value.join(" = ")).join(", ")} IN PARTITION ${sqlString(day)}` +
      " WHERE 1 SETTINGS mutations_sync = 2"
    );
  }

  /** Parts and blocks that cannot be read have rows of their days all the same. */
  async #fromSetAside(beforeMs: number): Promise<void> {
    const { client, log, spoolDirectory } = this.#deps;
    for (const tier of this.#tiers) {
      for (const { name } of await detachedParts(client, tier)) {
        const match = DAY_OF_PART.exec(name);
        if (match === null || dayStartMs(`${match[1]}-${match[2]}-${match[3]}`) + DAY_MS > beforeMs) continue;
        const { facts } = client;
        await client.run(
          `ALTER TABLE ${localTable(facts, tier.table)}${onCluster(facts)} DROP DETACHED PART ${sqlString(name)}` +
            " SETTINGS allow_drop_detached = 1",
        );
        log.info(
          { tier: tier.name, part: name },
          "store: removed a part that was set aside, for the age of its addresses",
        );
      }
    }
    const blocks = await dropSetAside(spoolDirectory, beforeMs);
    if (blocks > 0) log.info({ blocks }, "store: removed blocks that were set aside, for the age of their addresses");
  }
}

/** What columns of a copy have when it has no addresses any more, as SQL. */
function withoutAddresses(tiers: Tiers): readonly (readonly [name: string, value: string])[] {
  return [
    ...emptiedColumns(tiers).map((name) => [name, emptyOf(name)] as const),
    ...reducedPorts(tiers).map((name) => [name, servicePortSql((column) => column, name)] as const),
  ];
}

/** What a column has where it has no value. */
function emptyOf(name: string): string {
  const { kind } = COLUMNS.find((column) => column.name === name)!;
  return `defaultValueOfTypeName(${sqlString(NATIVE_TYPES[kind])})`;
}
