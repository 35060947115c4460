import type { Tier } from "@ngflow/flows";
import { ClockGuard } from "../ledger/clock-guard.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Day, KeepLimits } from "../ledger/ledger-file.ts";
import { dayStartMs, isPlausibleDay } from "../ledger/retention.ts";
import type { Progress } from "../progress.ts";
import type { StoreFindings } from "../store-findings.ts";
import { DayDrops, keepDays, type UpkeepConfig, type UpkeepDeps } from "./day-drops.ts";
import { isBehind } from "./replicas.ts";
import { checkPart, type DetachedPart, detachedParts, partsOf, rowsByDay } from "./parts.ts";
import { attachWholeParts } from "./repair.ts";
import type { SqlError } from "./sql-client.ts";

/** Counters of the upkeep. */
export interface UpkeepStats {
  /** Rows dropped since start because the store was too large or the disk too full. */
  readonly rowsDropped: number;
  /** Rows dropped since start because of their age. */
  readonly rowsDroppedAge: number;
  /** Rows that were stored and that the database does not have, or that are in parts it cannot read. */
  readonly rowsMissing: number;
  /** Rows that the database has and that no block accounts for. */
  readonly rowsUnexpected: number;
  /** Parts that the database does not use. */
  readonly partsDetached: number;
  /** Parts that were found damaged since start and are still used. */
  readonly partsDamaged: number;
  /** Parts that were read completely to check them, since start. */
  readonly partsChecked: number;
  /** How often the clock jumped since start; then no row is dropped because of its age. */
  readonly clockJumps: number;
}

const EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
/** Checking parts takes at most this share of the time. */
const CHECK_SHARE = 0.1;
/** ClickHouse: the part was merged into another one, or dropped. */
const NO_SUCH_DATA_PART = 232;

/**
 * What a store does for itself once a minute: it drops days by age and size, compares the database with the ledger,
 * and looks for damaged parts (once a day it reads each part completely).
 */
export class Upkeep {
  #config: UpkeepConfig;
  readonly #deps: UpkeepDeps;
  readonly #clock: ClockGuard;
  readonly #drops: DayDrops;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #stopping = false;
  #detached: readonly DetachedPart[] = [];
  /** What is wrong with damaged parts of the first tier, by name. */
  readonly #damaged = new Map<string, string>();
  #checkAtSteadyMs = 0;
  #toCheck: string[] = [];
  #missingText = "";
  #partsChecked = 0;

  constructor(config: UpkeepConfig, deps: UpkeepDeps) {
    this.#config = config;
    this.#deps = deps;
    const { ledger } = deps;
    this.#clock = new ClockGuard(ledger.clockMs ?? newestDayMs(ledger, deps.nowMs()), deps.steadyMs());
    this.#drops = new DayDrops(config, deps, this.#clock);
  }

  /** The first round, without reading all parts, then one a minute. */
  async start(): Promise<void> {
    await this.#runLogged([() => this.#drops.keepLimits(), () => this.compare(), () => this.#deps.rollUps.check()]);
    this.#timer = setInterval(() => {
      this.#round ??= this.run().finally(() => (this.#round = undefined));
    }, EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    await this.#round;
  }

  /** The limits that apply, or that the last process had that drops. */
  get limits(): KeepLimits {
    return this.#config;
  }

  /** Keeps rows by other limits from the next round on. */
  async limit(limits: KeepLimits): Promise<void> {
    const { ledger, exclusive } = this.#deps;
    this.#config = { ...this.#config, ...limits };
    this.#drops.limit(limits);
    await exclusive(async () => {
      ledger.limits = limits;
      await ledger.save();
    });
  }

  /** The time that rows count as stored: that of the clock, if it is believed. */
  storedMs(): number {
    return this.#clock.believedMs(this.#deps.steadyMs());
  }

  /** Days that rows of a tier are kept; 0 is forever. */
  keepDays(tier: Tier): number {
    return keepDays(this.#config, tier);
  }

  /**
   * Blocks that were made before, Unix milliseconds, are not stored: they have waited for too long. Not those of a time
   * that is not plausible: their clock was wrong.
   */
  isTooOld(madeMs: number): boolean {
    const { drop, spoolMaxAgeMs } = this.#config;
    if (!drop || spoolMaxAgeMs === 0 || this.storedMs() - madeMs <= spoolMaxAgeMs) return false;
    return this.isPlausible(new Date(madeMs).toISOString().slice(0, 10));
  }

  isPlausible(day: Day): boolean {
    return isPlausibleDay(day, this.keepDays(this.#config.tiers[0]), this.storedMs());
  }

  stats(): UpkeepStats {
    let rowsMissing = 0;
    for (const rows of this.#deps.ledger.missing.values()) rowsMissing += rows;
    return {
      ...this.#drops.stats(),
      rowsMissing,
      rowsUnexpected: this.#deps.ledger.excess,
      partsDetached: this.#detached.length,
      partsDamaged: this.#damaged.size,
      partsChecked: this.#partsChecked,
      clockJumps: this.#clock.jumps,
    };
  }

  /** Days of which the database lacks rows. */
  missingDays(): Iterable<Day> {
    return this.#deps.ledger.missing.keys();
  }

  /** A query could not read a part. */
  foundDamaged(part: string, reason: string): void {
    if (this.#damaged.has(part)) return;
    this.#damaged.set(part, reason);
    this.#deps.log.warn({ part, reason }, "store: a part is damaged; queries leave it out if they cannot read it");
  }

  /** One round. A step that fails is logged; the next round tries it again. */
  async run(): Promise<void> {
    await this.#runLogged([() => this.#drops.keepLimits(), () => this.compare(), () => this.#checkParts()]);
  }

  async #runLogged(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
    for (const step of steps) {
      await step().catch((error: unknown) => this.#deps.log.warn({ error }, "store: cannot check days and parts"));
    }
  }

  /** Compares the rows of the database with the ledger. */
  async compare(): Promise<void> {
    const { client, ledger, exclusive } = this.#deps;
    const [tier] = this.#config.tiers;
    await exclusive(async () => {
      // A replica that is behind would look as if rows were missing.
      if (await isBehind(client, tier.table)) return;
      const parts = await partsOf(client, tier);
      const names = new Set(parts.map(({ name }) => name));
      for (const name of this.#damaged.keys()) if (!names.has(name)) this.#damaged.delete(name);
      ledger.compare(rowsByDay(parts, new Set(this.#damaged.keys())));
    });
    this.#detached = await detachedParts(client, tier);
    this.#reportMissing();
  }

  /** One round that reads every part of the first tier. Returns what is wrong. @throws SqlError. */
  async verify(progress?: Progress): Promise<StoreFindings> {
    await this.#drops.keepLimits();
    const { client } = this.#deps;
    // Replicas compare each other's parts when they fetch and merge them.
    const parts = client.facts?.cluster === undefined ? await partsOf(client, this.#config.tiers[0]) : [];
    for (const [done, { name }] of parts.entries()) {
      progress?.(done, parts.length);
      await this.#check(name);
    }
    await this.compare();
    await this.#deps.rollUps.check();
    const byDay = [...this.#deps.ledger.missing].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      missing: byDay.map(([day, rows]) => ({ day, rows })),
      damaged: [...this.#damaged].map(([part, reason]) => ({ part, reason })),
      detached: this.#detached.map(({ name, reason }) => ({ part: name, reason })),
    };
  }

  /** Attaches parts that are whole and whose rows are missing. Returns their names. @throws SqlError. */
  async attachWhole(): Promise<readonly string[]> {
    const { client, ledger, exclusive } = this.#deps;
    await this.compare();
    const missing = new Map(ledger.missing);
    const attached = await exclusive(() => attachWholeParts(client, this.#config.tiers[0], ledger));
    await this.compare();
    // Whether their rows are in the roll-ups is not known: they may have been lost before.
    const back = [...missing].filter(([day, rows]) => (ledger.missing.get(day) ?? 0) < rows);
    if (attached.length > 0) await this.#deps.rollUps.again(back.map(([day]) => day));
    return attached;
  }

  #reportMissing(): void {
    const { ledger, log } = this.#deps;
    const days = [...ledger.missing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, rows]) => `${day}: ${rows}`);
    const detached = this.#detached.map(({ name, reason }) => (reason === "" ? name : `${name} (${reason})`));
    const text = JSON.stringify([days, detached]);
    if (text === this.#missingText) return;
    const before = this.#missingText;
    this.#missingText = text;
    const { rowsMissing } = this.stats();
    if (days.length > 0 || detached.length > 0)
      log.warn(
        { rows: rowsMissing, days: days.slice(0, LISTED), partsDetached: detached.slice(0, LISTED) },
        `store: ${rowsMissing} rows are missing or damaged; restore them from a backup`,
      );
    else if (before !== "" && before !== NOTHING_MISSING) log.info({}, "store: no rows are missing any more");
  }

  /** Once a day reads every part, a few in each round. */
  async #checkParts(): Promise<void> {
    const { client, steadyMs } = this.#deps;
    const startedMs = steadyMs();
    if (this.#toCheck.length === 0) {
      if (startedMs < this.#checkAtSteadyMs) return;
      this.#checkAtSteadyMs = startedMs + DAY_MS;
      await this.#deps.rollUps.check();
      if (client.facts?.cluster !== undefined) return;
      this.#toCheck = (await partsOf(client, this.#config.tiers[0])).map(({ name }) => name);
    }
    const before = this.#damaged.size;
    while (!this.#stopping && steadyMs() - startedMs < EVERY_MS * CHECK_SHARE) {
      const name = this.#toCheck.shift();
      if (name === undefined) break;
      await this.#check(name);
    }
    if (this.#damaged.size !== before) await this.compare();
  }

  async #check(part: string): Promise<void> {
    try {
      const reason = await checkPart(this.#deps.client, this.#config.tiers[0], part);
      if (reason !== undefined) this.foundDamaged(part, reason);
      this.#partsChecked++;
    } catch (error) {
      if ((error as SqlError).clickhouseCode !== NO_SUCH_DATA_PART) throw error;
    }
  }
}

/** Days and parts that a log line lists. */
const LISTED = 20;
const NOTHING_MISSING = JSON.stringify([[], []]);

/** The newest day of a ledger that is not in the future, if there is one: the last time that is known. */
function newestDayMs(ledger: Ledger, nowMs: number): number {
  let newestMs: number | undefined;
  for (const day of ledger.days().keys()) {
    const startMs = dayStartMs(day);
    if (startMs <= nowMs + DAY_MS && (newestMs === undefined || startMs > newestMs)) newestMs = startMs;
  }
  return newestMs ?? nowMs;
}
