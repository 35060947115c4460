import type { ExporterStatus } from "../exporter-status.ts";
import { HOPS, type Pipeline } from "../pipeline.ts";
import { countByExporter, type ExporterCounts, joinLostOf, lostOf } from "./by-exporter.ts";
import type { Loss, LossReason } from "./completeness.ts";

/** What is remembered between two looks, also while no server runs. */
export interface LossState {
  /** Unix milliseconds of the first look of all, and of the last one. */
  readonly sinceMs: number;
  readonly timeMs: number;
  /** Counters of losses by reason; null for a part that could not be reached. */
  readonly counts: Readonly<Partial<Record<LossReason, number | null>>>;
  /** Some of them by exporter; absent where that was not known. */
  readonly byExporter?: Readonly<Partial<Record<LossReason, ExporterCounts>>> | undefined;
  /** Datagrams that the collector had received; null where it was never reached. */
  readonly received: number | null;
  /** Since when no collector runs, Unix milliseconds; null while one does, and until the first one ran. */
  readonly downMs: number | null;
  /** Whether a collector ever ran. */
  readonly collected: boolean;
}

/** Keeps losses for later servers. */
export interface LossKeeper {
  /** Losses in the order in which they were noticed, and the last state; null if nobody watched yet. */
  load(): { readonly state: LossState | null; readonly losses: readonly Loss[] };
  /** Called for every look. */
  keep(state: LossState, losses: readonly Loss[]): void;
}

/** Keeps nothing: what is lost is forgotten with the server. */
export const NOT_KEPT: LossKeeper = { load: () => ({ state: null, losses: [] }), keep() {} };

/** Losses of so long are kept: as long as minutes of the roll-ups by default. */
const KEPT_MS = 90 * 86_400_000;
/** Most losses in memory; older ones give way, and `watchedFrom` says so. */
const MOST = 50_000;
/** Two looks further apart have no server between them. */
const MINUTE_MS = 60_000;

type Counted = Exclude<LossReason, "collector-down">;

/** Where a reason is counted: a hop and its counters, which are added. Those that start anew with their process. */
const COUNTERS: Readonly<Record<Counted, readonly [hop: string, ...counters: string[]]>> = {
  "ring-full": ["", "packetsDropped"],
  "receive-buffer-full": [HOPS.collector, "kernelDrops"],
  "source-over-share": [HOPS.collector, "ringDropsShare"],
  "sequence-gap": [HOPS.collector, "recordsLost"],
  "exporter-over-limit": [HOPS.collector, "recordsLimited", "recordsOverRate"],
  "template-absent": [HOPS.collector, "setsHeldDropped", "setsHeldExpired"],
  "template-awaited": [HOPS.collector, "setsHeld"],
  "spool-full": [HOPS.collector, "rowsRefused"],
  "not-written": [HOPS.spool, "rowsLost"],
};
const COUNTED = Object.keys(COUNTERS) as Counted[];

/** What exporters count of a reason. */
const OF_EXPORTERS: Readonly<Partial<Record<Counted, (exporter: ExporterStatus) => number>>> = {
  "sequence-gap": ({ recordsLost }) => recordsLost,
  "exporter-over-limit": ({ recordsLimited }) => recordsLimited,
  "template-absent": ({ setsDropped }) => setsDropped,
};

/** Notices what is lost between two looks at the pipeline, and when. */
export class LossWatch {
  readonly #keeper: LossKeeper;
  #state: LossState | null;
  #losses: Loss[];

  constructor(keeper: LossKeeper) {
    this.#keeper = keeper;
    const { state, losses } = keeper.load();
    this.#state = state;
    this.#losses = [...losses];
  }

  /** The first look whose losses are kept and the last one, Unix milliseconds; null if nobody watched yet. */
  get watched(): { readonly fromMs: number; readonly toMs: number } | null {
    return this.#state && { fromMs: this.#state.sinceMs, toMs: this.#state.timeMs };
  }

  /** Losses, and what is true now and no loss yet: data that waits, a collector that does not run. */
  get losses(): readonly Loss[] {
    const state = this.#state;
    if (state === null) return this.#losses;
    const now: Loss[] = [];
    const span = { toMs: state.timeMs };
    if (state.downMs !== null) now.push({ ...span, fromMs: state.downMs, reason: "collector-down", count: null });
    const held = state.counts["template-awaited"] ?? 0;
    if (held > 0) now.push({ ...span, fromMs: state.timeMs - 1, reason: "template-awaited", count: held });
    return [...this.#losses, ...now];
  }

  /**
   * A look at the pipeline, and at the exporters if they are known: losses name them then. A clock that was set back is
   * not believed: nothing is noticed until it is right again.
   */
  saw(timeMs: number, pipeline: Pipeline, exporters: readonly ExporterStatus[] | null = null): void {
    const before = this.#state;
    if (before !== null && timeMs < before.timeMs) return;
    const counts = countsOf(pipeline);
    const runs = pipeline.hops.some(({ hop }) => hop === HOPS.collector);
    const byExporter = exporters === null ? undefined : countsOfExporters(exporters);
    const found: Loss[] = [];
    let downMs: number | null = null;
    if (before !== null) {
      const span = { fromMs: before.timeMs, toMs: timeMs };
      // In one process with the server, the collector was away as long as the server. In another one it counted on.
      // Counters of losses may be zero before and after: what was received tells whether it is the same process.
      const restarted =
        (runs && pipeline.datagramsReceived !== null && pipeline.datagramsReceived < (before.received ?? 0)) ||
        COUNTED.some((reason) => isLess(counts[reason], before.counts[reason], reason));
      const wasAway = restarted && timeMs - before.timeMs > MINUTE_MS / 2;
      const awaySinceMs = before.downMs ?? (wasAway || (!runs && before.collected) ? before.timeMs : null);
      if (awaySinceMs !== null && runs)
        found.push({ fromMs: awaySinceMs, toMs: timeMs, reason: "collector-down", count: null });
      if (!runs) downMs = awaySinceMs;
      for (const reason of COUNTED) {
        const now = counts[reason];
        if (now === null || now === undefined || reason === "template-awaited") continue;
        const then = before.counts[reason] ?? 0;
        const lost = now >= then ? now - then : now;
        const [had, has] = [before.byExporter?.[reason], byExporter?.[reason]];
        const by = lost > 0 && had !== undefined && has !== undefined ? lostOf(had, has, lost) : undefined;
        if (lost > 0) found.push({ ...span, reason, count: lost, ...(by && { by }) });
      }
    }
    this.#state = {
      sinceMs: before?.sinceMs ?? timeMs,
      timeMs,
      // A part that cannot be reached for a while counts on from where it was.
      counts: Object.fromEntries(COUNTED.map((reason) => [reason, counts[reason] ?? before?.counts[reason] ?? null])),
      ...(byExporter && { byExporter }),
      received: (runs ? pipeline.datagramsReceived : null) ?? before?.received ?? null,
      downMs,
      collected: runs || before?.collected === true,
    };
    for (const loss of found) this.#add(loss);
    this.#trim(timeMs);
    this.#keeper.keep(this.#state, found);
  }

  /** Losses of one reason that were noticed in the same minute are one. */
  #add(loss: Loss): void {
    const at = this.#losses.findLastIndex(({ reason }) => reason === loss.reason);
    const last = this.#losses[at];
    const minute = (ms: number): number => Math.floor((ms - 1) / MINUTE_MS);
    if (last === undefined || loss.count === null || last.count === null || minute(last.toMs) !== minute(loss.toMs))
      this.#losses.push(loss);
    else this.#losses[at] = { ...last, toMs: loss.toMs, count: last.count + loss.count, ...joined(last, loss) };
  }

  #trim(nowMs: number): void {
    const first = Math.max(
      this.#losses.findIndex(({ toMs }) => toMs >= nowMs - KEPT_MS),
      this.#losses.length - MOST,
    );
    if (first <= 0) return;
    const gone = this.#losses.splice(0, first);
    this.#state = { ...this.#state!, sinceMs: Math.max(this.#state!.sinceMs, gone.at(-1)!.toMs) };
  }
}

/** Who lost what of two losses that are one. */
function joined(a: Loss, b: Loss): Pick<Loss, "by"> {
  const by = joinLostOf(a.by, b.by);
  return by === undefined ? {} : { by };
}

function countsOfExporters(exporters: readonly ExporterStatus[]): NonNullable<LossState["byExporter"]> {
  return Object.fromEntries(
    Object.entries(OF_EXPORTERS).map(([reason, counter]) => [reason, countByExporter(exporters, counter)]),
  );
}

function countsOf(pipeline: Pipeline): Record<Counted, number | null> {
  const hops = new Map(pipeline.hops.map(({ hop, counters }) => [hop, counters]));
  const read = (reason: Counted): number | null => {
    const [hop, ...names] = COUNTERS[reason];
    if (hop === "") return pipeline.packetsDropped;
    const counters = hops.get(hop);
    return counters === undefined ? null : names.reduce((sum, name) => sum + (counters[name] ?? 0), 0);
  };
  return Object.fromEntries(COUNTED.map((reason) => [reason, read(reason)])) as Record<Counted, number | null>;
}

/** Whether a counter that only grows is less than it was: its process is another one. */
function isLess(now: number | null, then: number | null | undefined, reason: Counted): boolean {
  if (now === null || then === null || then === undefined) return false;
  return reason !== "template-awaited" && reason !== "ring-full" && now < then;
}
