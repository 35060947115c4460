import {
  HOP_OLD_MS,
  HOPS,
  type Pipeline,
  type PipelineEvent,
  type PipelineHop,
  type PipelineTotals,
} from "@ngflow/server/client";

/** A cell of the pipeline strip. */
export interface Stage {
  readonly key: keyof PipelineTotals;
  /** Unit of the rate. */
  readonly unit: string;
  /** A count of what was lost here; it should be zero. */
  readonly loss: boolean;
  /** Names of the hops with the detail of this stage, without the part after a colon. */
  readonly hops: readonly string[];
  /** The hop and the counter of what was lost here after it had passed. */
  readonly damage?: { readonly hop: string; readonly counter: string };
  /** The detail also has every hop that no stage names, so that every counter is shown. */
  readonly others?: true;
}

export const STAGES: readonly Stage[] = [
  { key: "packetsSeen", unit: "pkt/s", loss: false, hops: [HOPS.interface] },
  {
    key: "packetsDropped",
    unit: "pkt/s",
    loss: true,
    hops: [HOPS.interface, HOPS.graph],
    others: true,
  },
  { key: "packetsAccounted", unit: "pkt/s", loss: false, hops: [HOPS.meter] },
  { key: "recordsExported", unit: "rec/s", loss: false, hops: [HOPS.meter, HOPS.transport] },
  { key: "datagramsReceived", unit: "dgram/s", loss: false, hops: [HOPS.collector] },
  { key: "recordsLost", unit: "rec/s", loss: true, hops: [HOPS.collector] },
  { key: "recordsDecoded", unit: "rec/s", loss: false, hops: [HOPS.collector] },
  {
    key: "rowsStored",
    unit: "row/s",
    loss: false,
    hops: [HOPS.spool, HOPS.store],
    damage: { hop: HOPS.store, counter: "ledgerDamaged" },
  },
];

const NAMED: ReadonlySet<string> = new Set(STAGES.flatMap(({ hops }) => hops));

/** The hops that detail a stage; all of them where none carries the expected name. */
export function hopsOfStage(stage: Stage, pipeline: Pipeline): readonly PipelineHop[] {
  const own = pipeline.hops.filter(({ hop }) => {
    const kind = hop.split(":")[0]!;
    return stage.hops.includes(kind) || (stage.others === true && !NAMED.has(kind));
  });
  return own.length > 0 ? own : pipeline.hops;
}

/** When something last passed a stage: the latest of its hops, in Unix milliseconds. */
export function lastSeenOfStage(stage: Stage, pipeline: Pipeline): number | null {
  let last: number | null = null;
  for (const { hop, lastSeenMs } of pipeline.hops) {
    if (!stage.hops.includes(hop.split(":")[0]!) || lastSeenMs === null) continue;
    last = last === null ? lastSeenMs : Math.max(last, lastSeenMs);
  }
  return last;
}

/** How much was lost at a stage after it had passed; 0 if nothing was. */
export function damageOfStage({ damage }: Stage, pipeline: Pipeline): number {
  if (!damage) return 0;
  return Math.max(0, pipeline.hops.find(({ hop }) => hop === damage.hop)?.counters[damage.counter] ?? 0);
}

/** How long a part of a stage has not answered, in milliseconds; null if all answer. */
export function silenceOfStage(stage: Stage, pipeline: Pipeline): number | null {
  const ages = pipeline.hops
    .filter(({ hop }) => stage.hops.includes(hop.split(":")[0]!))
    .map(({ ageMs }) => ageMs ?? 0);
  const oldest = Math.max(0, ...ages);
  return oldest > HOP_OLD_MS ? oldest : null;
}

/** Samples the rates are taken over; a few seconds, so that bursts of exports do not jump. */
const WINDOW = 5;

/** A part that was absent has a past that is not known, as one that started again. */
function hasRestarted(before: number | null, now: number | null): boolean {
  return (before === null) !== (now === null) || (before !== null && now !== null && now < before);
}

/**
 * Per-second rates of the totals over the last few samples. A total that went back means a restart: the past is
 * dropped.
 */
export class PipelineRates {
  readonly #samples: PipelineEvent[] = [];

  add(sample: PipelineEvent): void {
    const last = this.#samples.at(-1);
    if (last && (sample.timeMs <= last.timeMs || STAGES.some(({ key }) => hasRestarted(last[key], sample[key])))) {
      this.#samples.length = 0;
    }
    this.#samples.push(sample);
    if (this.#samples.length > WINDOW + 1) this.#samples.shift();
  }

  /** Null before there are two samples. */
  perSecond(key: keyof PipelineTotals): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    const [before, now] = [first?.[key] ?? null, last?.[key] ?? null];
    if (!first || !last || first === last || before === null || now === null) return null;
    return (1000 * (now - before)) / (last.timeMs - first.timeMs);
  }
}
