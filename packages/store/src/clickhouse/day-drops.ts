import type { Log } from "@ngflow/base";
import { hasAddresses, longOf, type Tier, type Tiers } from "@ngflow/flows";
import type { ClockGuard } from "../ledger/clock-guard.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Day, DayRows, DayRule, KeepLimits } from "../ledger/ledger-file.ts";
import { daysTooOld } from "../ledger/retention.ts";
import type { Serial } from "../serial.ts";
import { OldAddresses } from "./old-addresses.ts";
import { partsOf, rowsByDay } from "./parts.ts";
import { daysOverQuota, dropDay, type TableDay } from "./quota.ts";
import type { RollUps } from "./roll-ups.ts";
import type { SqlClient } from "./sql-client.ts";

export interface UpkeepConfig extends KeepLimits {
  /** False drops nothing. */
  readonly drop: boolean;
  readonly tiers: Tiers;
}

export interface UpkeepDeps {
  readonly client: SqlClient;
  readonly ledger: Ledger;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Milliseconds of a clock that only goes forward. */
  readonly steadyMs: () => number;
  readonly rollUps: RollUps;
  readonly spoolDirectory: string;
  /** Inserts, drops and comparisons happen one at a time. */
  readonly exclusive: Serial;
}

const DAY_MS = 86_400_000;
/** The ledger is saved when the time in it is this old. */
const SAVE_CLOCK_MS = 3_600_000;

const DROPPED: Readonly<Record<DayRule, string>> = {
  age: "store: dropped a day that is older than the retention",
  quota: "store: dropped the oldest day to stay within the limits",
};

/** Days that rows of a tier are kept; 0 is forever. */
export function keepDays(config: UpkeepConfig, tier: Tier): number {
  const own = ownDays(config, tier);
  const { addressDays = 0, tiers } = config;
  // Copies of long flows stay, without addresses.
  if (addressDays === 0 || !hasAddresses(tier) || tier === longOf(tiers)) return own;
  return own === 0 ? addressDays : Math.min(own, addressDays);
}

/** The same by the setting of the tier alone. */
function ownDays({ retentionDays, tierDays, tiers }: UpkeepConfig, tier: Tier): number {
  return tier === tiers[0] ? retentionDays : (tierDays[tier.name] ?? tier.retentionDays);
}

/** Drops whole days by their age and by the size of the store, and keeps count of them. */
export class DayDrops {
  #config: UpkeepConfig;
  readonly #deps: UpkeepDeps;
  readonly #clock: ClockGuard;
  readonly #stats = { rowsDropped: 0, rowsDroppedAge: 0 };
  readonly #addresses: OldAddresses;
  #believed = true;
  /** Whether the clock was looked at since start. */
  #looked = false;

  constructor(config: UpkeepConfig, deps: UpkeepDeps, clock: ClockGuard) {
    this.#config = config;
    this.#deps = deps;
    this.#clock = clock;
    this.#addresses = new OldAddresses(config.tiers, deps);
  }

  /** Other limits from now on. */
  limit(limits: KeepLimits): void {
    this.#config = { ...this.#config, ...limits };
  }

  /** Rows dropped since start, by rule. */
  stats(): { readonly rowsDropped: number; readonly rowsDroppedAge: number } {
    return this.#stats;
  }

  /** Ends what an earlier process began, and drops the days that are too old or too many. @throws SqlError. */
  async keepLimits(): Promise<void> {
    if (!this.#config.drop) return;
    const { ledger, rollUps } = this.#deps;
    const removed = ledger.removals;
    await this.#finishDrop();
    await this.#dropOld();
    for (const day of await daysOverQuota(this.#deps.client, this.#config.tiers, this.#config)) {
      await this.#drop(day, "quota");
    }
    if (ledger.removals !== removed) await rollUps.dropped();
  }

  async #dropOld(): Promise<void> {
    const { ledger, nowMs, steadyMs } = this.#deps;
    const { tiers } = this.#config;
    const believed = this.#clock.check(nowMs(), steadyMs());
    const isFirst = !this.#looked;
    this.#looked = true;
    if (!believed) return this.#reportJump(isFirst);
    this.#believed = true;
    const lastMs = ledger.clockMs;
    ledger.clockMs = nowMs();
    // Also with every block that is stored.
    if (lastMs === null || Math.abs(ledger.clockMs - lastMs) > SAVE_CLOCK_MS) await ledger.save();
    const [first, ...others] = tiers;
    for (const day of this.#tooOld(first, ledger.days())) await this.#drop({ table: first.table, day }, "age");
    for (const tier of others) {
      const days = new Map(
        [...rowsByDay(await partsOf(this.#deps.client, tier))].map(([day, rows]) => [day, { rows, storedMs: null }]),
      );
      for (const day of this.#tooOld(tier, days)) await this.#drop({ table: tier.table, day }, "age");
    }
    await this.#addresses.remove(this.#config.addressDays ?? 0, nowMs());
  }

  /** Days of a tier that are too old, oldest first. */
  #tooOld(tier: Tier, days: ReadonlyMap<Day, DayRows>): readonly Day[] {
    const nowMs = this.#deps.nowMs();
    const own = daysTooOld(days, ownDays(this.#config, tier), nowMs);
    const { addressDays = 0, tiers } = this.#config;
    if (addressDays === 0 || !hasAddresses(tier) || tier === longOf(tiers)) return own;
    return [...new Set([...own, ...daysTooOld(days, addressDays, nowMs, true)])].sort();
  }

  /** At a start it cannot be told whether the clock jumped or the store was not open for so long. */
  #reportJump(isFirst: boolean): void {
    if (!this.#believed) return;
    this.#believed = false;
    const { nowMs, steadyMs, log } = this.#deps;
    const days = Math.round((nowMs() - this.#clock.believedMs(steadyMs())) / DAY_MS);
    const what = isFirst && days > 0 ? "by the clock it was last open some days ago" : "the clock jumped";
    log.warn({ days }, `store: ${what}; no rows are dropped for their age until the clock ran evenly for an hour`);
  }

  /** Drops a day. Only the rows of the first tier are in the ledger. */
  async #drop(day: TableDay, rule: DayRule): Promise<void> {
    const { ledger, exclusive, rollUps, log } = this.#deps;
    if (day.table !== this.#config.tiers[0].table) return this.#dropRollUp(day, rule);
    try {
      await rollUps.beforeDrop(day.day);
    } catch (error) {
      log.warn({ day: day.day, rule, error }, "store: a day that is to be dropped cannot be rolled up before");
      // A day can stay after its age, but a full disk must become free.
      if (rule === "age") return;
    }
    await exclusive(async () => {
      ledger.drop(day.day, rule);
      await ledger.save();
    });
    await this.#finishDrop();
  }

  async #dropRollUp({ table, day }: TableDay, rule: DayRule): Promise<void> {
    const { client, ledger, exclusive } = this.#deps;
    const tier = this.#config.tiers.find((other) => other.table === table)!;
    await exclusive(async () => {
      const rows = rowsByDay(await partsOf(client, tier)).get(day) ?? 0;
      await dropDay(client, { table, day });
      this.#removed(tier.name, day, rows, rule);
      await ledger.save();
    });
  }

  #removed(tier: string, day: Day, rows: number, rule: DayRule): void {
    const { ledger, log, nowMs } = this.#deps;
    ledger.remove({ tier, day, rows, rule, atMs: nowMs() });
    log.warn({ tier, day, rows, rule }, DROPPED[rule]);
  }

  /** Ends the drop that the ledger has begun, also one of an earlier process. */
  async #finishDrop(): Promise<void> {
    const { client, ledger, exclusive } = this.#deps;
    const [{ name, table }] = this.#config.tiers;
    await exclusive(async () => {
      if (ledger.dropping === null) return;
      const { day, rule } = ledger.dropping;
      await dropDay(client, { table, day });
      const rows = ledger.dropped();
      this.#stats[rule === "age" ? "rowsDroppedAge" : "rowsDropped"] += rows;
      this.#removed(name, day, rows, rule);
      await ledger.save();
    });
  }
}
