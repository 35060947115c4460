import { HOPS, type Pipeline, type PipelineEvent, type PipelineHop, type PipelineTotals } from "@ngflow/server/client";

/** A cell of the pipeline strip. */
export interface Stage {
  readonly key: keyof PipelineTotals;
  readonly label: string;
  /** Unit of the rate. */
  readonly unit: string;
  /** A count of what was lost here; it should be zero. */
  readonly loss: boolean;
  /** Names of the hops with the detail of this stage, without the part after a colon. */
  readonly hops: readonly string[];
  /** The detail also has every hop that no stage names, so that every counter is shown. */
  readonly others?: true;
}

export const STAGES: readonly Stage[] = [
  { key: "packetsSeen", label: "Packets seen", unit: "pkt/s", loss: false, hops: [HOPS.interface] },
  {
    key: "packetsDropped",
    label: "Dropped",
    unit: "pkt/s",
    loss: true,
    hops: [HOPS.interface, HOPS.graph],
    others: true,
  },
  { key: "packetsAccounted", label: "Accounted", unit: "pkt/s", loss: false, hops: [HOPS.meter] },
  { key: "recordsExported", label: "Records exported", unit: "rec/s", loss: false, hops: [HOPS.meter, HOPS.transport] },
  { key: "datagramsReceived", label: "Datagrams received", unit: "dgram/s", loss: false, hops: [HOPS.collector] },
  { key: "recordsLost", label: "Lost", unit: "rec/s", loss: true, hops: [HOPS.collector] },
  { key: "recordsDecoded", label: "Decoded", unit: "rec/s", loss: false, hops: [HOPS.collector] },
  { key: "rowsStored", label: "Rows stored", unit: "row/s", loss: false, hops: [HOPS.spool, HOPS.store] },
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

/** Samples the rates are taken over; a few seconds, so that bursts of exports do not jump. */
const WINDOW = 5;

/**
 * Per-second rates of the totals over the last few samples. A total that went back means a restart: the past is
 * dropped.
 */
export class PipelineRates {
  readonly #samples: PipelineEvent[] = [];

  add(sample: PipelineEvent): void {
    const last = this.#samples.at(-1);
    if (last && (sample.timeMs <= last.timeMs || STAGES.some(({ key }) => sample[key] < last[key]))) {
      this.#samples.length = 0;
    }
    this.#samples.push(sample);
    if (this.#samples.length > WINDOW + 1) this.#samples.shift();
  }

  /** Null before there are two samples. */
  perSecond(key: keyof PipelineTotals): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || first === last) return null;
    return (1000 * (last[key] - first[key])) / (last.timeMs - first.timeMs);
  }
}
