import type { Log } from "@ngflow/base";
import { longOf, type Tiers } from "@ngflow/flows";
import type { Ledger } from "../ledger/ledger.ts";
import type { Day, RollUpState, RollUpStep, UnrolledBlock } from "../ledger/ledger-file.ts";
import { dayStartMs } from "../ledger/retention.ts";
import type { Serial } from "../serial.ts";
import { FIRST_ROLL_UPS, withTiers } from "./lacks-until.ts";
import { partsOf } from "./parts.ts";
import { daysThatDiffer, rowsRemoved } from "./roll-up-check.ts";
import { dropDay } from "./quota.ts";
import type { Rolled } from "./rolled.ts";
import { RolledState } from "./rolled-state.ts";
import { blocksOfStep, sliceOfStep, STEP_ROWS } from "./next-step.ts";
import { RollUpSteps } from "./roll-up-steps.ts";
import type { SqlClient } from "./sql-client.ts";

export interface RollUpDeps {
  readonly client: SqlClient;
  readonly ledger: Ledger;
  readonly log: Log;
  /** Milliseconds of a clock that only goes forward. */
  readonly steadyMs: () => number;
  readonly exclusive: Serial;
  /** Ids of the blocks in the spool that the ledger has not counted; the flows may have rows of theirs. */
  readonly uncounted: () => Promise<readonly string[]>;
  /** What queries read by is something else. */
  readonly changed?: (() => void) | undefined;
}

/** What waits to be rolled up. */
export interface RollUpStats {
  /** Rows of stored blocks that are not in the roll-ups yet. */
  readonly rowsUnrolled: number;
  /** Days stored before there were roll-ups that are not in them yet. */
  readonly daysUnrolled: number;
}

/** Blocks wait for others to share a step with, but not longer or more than this: queries read them as flows. */
const WAIT_MS = 30_000;
/**
 * So many rows are worth a step when no further block comes within a moment, and after a few seconds in any case: each
 * step takes a while for every roll-up, however few rows it has.
 */
const WORTH_ROWS = 100_000;
const MOMENT_MS = 300;
const WORTH_MS = 3000;
const WAIT_BLOCKS = 64;
const TICK_MS = 1000;
const DAY_MS = 86_400_000;

/**
 * Keeps the roll-ups of a store. The flows are the truth: a step sums the flows of some blocks, or of a slice of a day,
 * and adds them to every roll-up. Which flows are in them is in the ledger. A step has a number, which its rows have,
 * too. After a crash the step that had begun is completed: days of a roll-up that have its number are left out.
 */
export class RollUps {
  readonly #tiers: Tiers;
  readonly #deps: RollUpDeps;
  readonly #steps: RollUpSteps;
  readonly #state: RolledState;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #running = false;
  readonly #remaking = new Set<Day>();
  #remade: Promise<unknown> = Promise.resolve();
  #lost: ReadonlySet<Day> = new Set();
  #oldestSteadyMs = Number.POSITIVE_INFINITY;
  #newestSteadyMs = Number.NEGATIVE_INFINITY;

  constructor(tiers: Tiers, deps: RollUpDeps) {
    this.#tiers = tiers;
    this.#deps = deps;
    this.#steps = new RollUpSteps(tiers, deps.client);
    this.#state = new RolledState(tiers, deps);
  }

  /** Completes what an earlier process began. @throws SqlError. */
  async open(): Promise<void> {
    const { ledger } = this.#deps;
    if (!this.isOn) return;
    await this.#steps.open();
    if (ledger.rollUps === null) await this.#begin();
    else await this.#addTiers(ledger.rollUps);
    await this.#complete();
    // When the blocks of an earlier process were stored is not known: they wait from now on.
    if (ledger.rollUps!.blocks.length > 0) this.#oldestSteadyMs = this.#deps.steadyMs();
    await this.#state.refresh();
  }

  /** Rolls up from time to time. */
  start(): void {
    if (!this.isOn) return;
    this.#running = true;
    this.#schedule(TICK_MS);
  }

  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#round;
    await this.#remade;
  }

  get isOn(): boolean {
    return longOf(this.#tiers) !== undefined;
  }

  /** The state that queries read by now. */
  get rolled(): Rolled {
    return this.#state.rolled;
  }

  stats(): RollUpStats {
    const { blocks = [], days = [] } = this.#deps.ledger.rollUps ?? {};
    let rowsUnrolled = 0;
    for (const { rows } of blocks) rowsUnrolled += rows;
    return { rowsUnrolled, daysUnrolled: days.length };
  }

  /** A block was stored. */
  stored(block: UnrolledBlock): void {
    const state = this.#deps.ledger.rollUps;
    if (!this.isOn || state === null) return;
    // The day was received before this release, or will be rolled up again: the block is not part of that.
    const days = state.days.map((day) => {
      const startMs = dayStartMs(day.day);
      const isOn = block.minMs < startMs + DAY_MS && block.maxMs >= startMs && !day.except.includes(block.id);
      return isOn ? { ...day, except: [...day.except, block.id] } : day;
    });
    this.#newestSteadyMs = this.#deps.steadyMs();
    if (state.blocks.length === 0) this.#oldestSteadyMs = this.#newestSteadyMs;
    this.#deps.ledger.rollUps = { ...state, blocks: [...state.blocks, block], days };
    this.#state.publish();
  }

  /** Resolves when everything that is stored is in the roll-ups. @throws SqlError. */
  async all(): Promise<void> {
    while (this.#next() !== undefined) await this.#deps.exclusive(() => this.#step());
  }

  /** Resolves when no step is under way. */
  async settled(): Promise<void> {
    await this.#deps.exclusive(() => Promise.resolve());
  }

  /** Rolls up what the day has, before it is dropped. @throws SqlError. */
  async beforeDrop(day: Day): Promise<void> {
    const state = this.#deps.ledger.rollUps;
    if (!this.isOn || state === null) return;
    const startMs = dayStartMs(day);
    const isPart = ({ minMs, maxMs }: UnrolledBlock): boolean => minMs < startMs + DAY_MS && maxMs >= startMs;
    if (state.days.some((other) => other.day === day) || state.blocks.some(isPart)) await this.all();
  }

  /** Days of the roll-ups were dropped. */
  async dropped(): Promise<void> {
    if (this.isOn) await this.#state.refresh();
  }

  /** Makes days of the roll-ups again from the flows, because rows were taken back. */
  async again(days: Iterable<Day>): Promise<void> {
    if (!this.isOn) return;
    await this.#deps.exclusive(async () => {
      await this.#complete();
      const uncounted = await this.#deps.uncounted();
      for (const day of days) await this.#forget(day, uncounted);
      await this.#deps.ledger.save();
      await this.#state.refresh();
    });
  }

  /**
   * A part of a day cannot be read: the day is made again in the background, if the flows have all of it. Returns
   * whether they have.
   */
  remake(day: Day): boolean {
    const { ledger, log } = this.#deps;
    if (!ledger.days().has(day) || ledger.missing.has(day)) return false;
    if (rowsRemoved(ledger, this.#tiers[0]).has(day)) return false;
    if (!this.#remaking.has(day)) {
      this.#remaking.add(day);
      const remade = this.again([day])
        .then(() => log.warn({ day }, "store: sums of a day were damaged; they are made again from the flows"))
        .catch((error: unknown) => log.warn({ day, error }, "store: sums of a day cannot be made again"))
        .finally(() => this.#remaking.delete(day));
      this.#remade = Promise.all([this.#remade, remade]);
    }
    return true;
  }

  /**
   * Finds days that a roll-up does not have whole. They are made again from the flows, which answer meanwhile; what the
   * flows no longer have is in `lostDays`. Resolves when queries know it. @throws SqlError.
   */
  async check(): Promise<void> {
    const { client, ledger, exclusive, log } = this.#deps;
    const { again, lost } = await exclusive(() => daysThatDiffer(client, this.#tiers, ledger));
    for (const day of again) this.remake(day);
    const found = [...lost].filter((day) => !this.#lost.has(day)).sort();
    this.#lost = lost;
    if (found.length > 0)
      log.warn({ days: found }, "store: sums of days whose flows were dropped are lost; restore them from a backup");
    await this.#remade;
  }

  /** Days of which sums are lost, and no flows are there to make them again. */
  lostDays(): Iterable<Day> {
    return this.#lost;
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#round = this.#tick().then((nextMs) => {
        if (this.#running) this.#schedule(nextMs);
      });
    }, delayMs);
    this.#timer.unref();
  }

  /** Makes a step if one is due. Resolves to the milliseconds until it is time to look again. */
  async #tick(): Promise<number> {
    const { steadyMs, exclusive, ledger, log } = this.#deps;
    const startedMs = steadyMs();
    try {
      if (!this.#isDue()) return this.stats().rowsUnrolled < WORTH_ROWS ? TICK_MS : TICK_MS / 10;
      await exclusive(() => this.#step());
    } catch (error) {
      log.warn({ error }, "store: cannot roll up flows; queries read them one by one, and it is tried again");
      return TICK_MS;
    }
    // Days of an older release take at most half of the time.
    const tookMs = ledger.rollUps!.days.length > 0 ? steadyMs() - startedMs : 0;
    return Math.max(TICK_MS / 10, Math.min(tookMs, TICK_MS));
  }

  #isDue(): boolean {
    const state = this.#deps.ledger.rollUps;
    if (state === null) return false;
    if (state.begun !== null || state.days.length > 0) return true;
    const { blocks } = state;
    if (blocks.length === 0) return false;
    const { rowsUnrolled } = this.stats();
    const nowMs = this.#deps.steadyMs();
    const waitedMs = nowMs - this.#oldestSteadyMs;
    if (rowsUnrolled >= STEP_ROWS || blocks.length >= WAIT_BLOCKS || waitedMs >= WAIT_MS) return true;
    return rowsUnrolled >= WORTH_ROWS && (waitedMs >= WORTH_MS || nowMs - this.#newestSteadyMs >= MOMENT_MS);
  }

  /** What the next step takes, roughly: blocks first. */
  #next(): "begun" | "blocks" | "day" | undefined {
    const state = this.#deps.ledger.rollUps;
    if (state === null) return undefined;
    if (state.begun !== null) return "begun";
    if (state.blocks.length > 0) return "blocks";
    return state.days.length > 0 ? "day" : undefined;
  }

  /** One step. Call it while nothing else changes the tables. */
  async #step(): Promise<void> {
    const { ledger } = this.#deps;
    await this.#complete();
    const state = ledger.rollUps;
    if (state === null) return;
    const step =
      state.blocks.length > 0
        ? await blocksOfStep(this.#steps, state.blocks)
        : await sliceOfStep(this.#deps.client, this.#tiers[0], state.days);
    if (step === undefined) return;
    ledger.rollUps = { ...ledger.rollUps!, begun: step };
    await ledger.save();
    await this.#steps.apply(step, state.steps + 1, false);
    await this.#end(step);
  }

  async #complete(): Promise<void> {
    const state = this.#deps.ledger.rollUps;
    if (state === null || state.begun === null) return;
    await this.#steps.apply(state.begun, state.steps + 1, true);
    await this.#end(state.begun);
  }

  /** The rows of a step are in every roll-up. */
  async #end(step: RollUpStep): Promise<void> {
    const { ledger, log, steadyMs } = this.#deps;
    const state = ledger.rollUps!;
    let { blocks, days } = state;
    if (step.kind === "blocks") {
      const done = new Set(step.blocks.map(({ id }) => id));
      blocks = blocks.filter(({ id }) => !done.has(id));
      this.#oldestSteadyMs = steadyMs();
    } else {
      const { day, toMs, isLast } = step;
      days = days.flatMap((other) => (other.day !== day ? [other] : isLast ? [] : [{ ...other, fromMs: toMs }]));
      if (isLast) log.info({ day, daysLeft: days.length }, "store: a day of an older release is rolled up");
    }
    ledger.rollUps = { ...state, steps: state.steps + 1, blocks, days, begun: null };
    await ledger.save();
    await this.#state.refresh();
  }

  /** Roll-ups that this release adds to a store have what is stored from now on. */
  async #addTiers(state: RollUpState): Promise<void> {
    const { ledger, log } = this.#deps;
    const newest = [...ledger.days().keys()].sort().at(-1) ?? null;
    const known = state.lacksUntil ?? FIRST_ROLL_UPS;
    const lacksUntil = withTiers(known, this.#tiers, newest);
    const added = Object.keys(lacksUntil).filter((name) => !(name in known));
    if (state.lacksUntil !== undefined && added.length === 0) return;
    ledger.rollUps = { ...state, lacksUntil };
    await ledger.save();
    if (added.length > 0 && newest !== null)
      log.info({ tiers: added, after: newest }, "store: this release sums more; flows answer for the time before");
  }

  /** A store without roll-ups, or with ones that nothing is known of: all flows are to be rolled up. */
  async #begin(): Promise<void> {
    const { client, ledger, log } = this.#deps;
    const uncounted = await this.#deps.uncounted();
    ledger.rollUps = { steps: 0, blocks: [], days: [], begun: null, lacksUntil: withTiers({}, this.#tiers, null) };
    const days = new Set((await partsOf(client, this.#tiers[0])).map(({ day }) => day));
    for (const day of [...days].sort()) await this.#forget(day, uncounted);
    await ledger.save();
    if (days.size > 0)
      log.info({ days: days.size }, "store: flows of an older release are rolled up in the background");
  }

  /** The day is to be rolled up from its start. */
  async #forget(day: Day, except: readonly string[]): Promise<void> {
    const { client, ledger } = this.#deps;
    for (const { table } of this.#tiers.slice(1)) await dropDay(client, { table, day });
    const state = ledger.rollUps!;
    const startMs = dayStartMs(day);
    const onDay = state.blocks.filter(({ minMs, maxMs }) => minMs < startMs + DAY_MS && maxMs >= startMs);
    const others = state.days.filter((other) => other.day !== day);
    const added = { day, fromMs: null, except: [...except, ...onDay.map(({ id }) => id)] };
    const days = [...others, added].sort((a, b) => (a.day < b.day ? -1 : 1));
    ledger.rollUps = { ...state, days };
  }
}
