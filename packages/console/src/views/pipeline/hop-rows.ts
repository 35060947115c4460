import { HOP_OLD_MS, HOPS, type Pipeline, type PipelineEvent, type PipelineHop } from "@ngflow/server/client";
import { counterText, isGauge, isLoss } from "../../counters/counter-text.ts";
import { pipeline as t } from "./messages.ts";

/** A counter as the page shows it. */
export interface CounterRow {
  readonly name: string;
  readonly value: number;
  /** Per second; null where it is not a total, or before there are two samples. */
  readonly rate: number | null;
  /** What it counts; undefined where nothing explains it. */
  readonly text: string | undefined;
  readonly isLoss: boolean;
}

/** A hop as the page shows it. */
export interface HopRow {
  readonly hop: string;
  readonly title: string;
  /** The node, or which nodes. */
  readonly detail: string;
  readonly about: string;
  /** Its page of the documentation with all of its counters; null where there is none. */
  readonly docs: string | null;
  readonly lastSeenMs: number | null;
  /** Packets or records pass it; others only count faults. */
  readonly isPassed: boolean;
  /** Milliseconds without an answer; null while it answers. */
  readonly silentMs: number | null;
  readonly hasLost: boolean;
  /** Counters that are not zero, losses first. */
  readonly counters: readonly CounterRow[];
  readonly zeros: readonly CounterRow[];
}

/** Order of the hops, and what they are called. */
const ORDER: readonly (readonly [kind: string, title: () => string, about: () => string])[] = [
  [HOPS.interface, () => t.hopRing, () => t.aboutRing],
  ["", () => "", () => t.aboutNode],
  [HOPS.meter, () => t.hopMeter, () => t.aboutMeter],
  [HOPS.transport, () => t.hopTransport, () => t.aboutTransport],
  [HOPS.graph, () => t.hopGraph, () => t.aboutGraph],
  [HOPS.control, () => t.hopControl, () => t.aboutControl],
  [HOPS.collector, () => t.hopCollector, () => t.aboutCollector],
  [HOPS.spool, () => t.hopSpool, () => t.aboutSpool],
  [HOPS.store, () => t.hopStore, () => t.aboutStore],
  [HOPS.server, () => t.hopServer, () => t.aboutServer],
  [HOPS.snmp, () => t.hopSnmp, () => t.aboutSnmp],
  [HOPS.threads, () => t.hopThreads, () => t.aboutThreads],
];

const DOCS: Readonly<Record<string, string>> = {
  [HOPS.interface]: "reference/node-types#ether",
  [HOPS.meter]: "reference/node-types#netflow",
  [HOPS.transport]: "reference/node-types#ksocket",
  [HOPS.collector]: "reference/collector-counters",
  [HOPS.snmp]: "how-to/name-interfaces",
};

function orderOf(kind: string): number {
  const found = ORDER.findIndex(([one]) => one === kind);
  return found < 0 ? 1 : found;
}

/** Every hop of the pipeline, in the order in which packets and records pass. */
export function hopRows({ hops }: Pipeline, rates: HopRates): HopRow[] {
  return hops
    .map((hop) => rowOf(hop, rates))
    .sort((a, b) => orderOf(a.hop.split(":")[0]!) - orderOf(b.hop.split(":")[0]!) || a.hop.localeCompare(b.hop));
}

function rowOf({ hop, counters, lastSeenMs, ageMs = 0 }: PipelineHop, rates: HopRates): HopRow {
  const [kind = "", ...rest] = hop.split(":");
  const name = rest.join(":");
  const index = orderOf(kind);
  const rows = Object.entries(counters).map(([counter, value]): CounterRow => ({
    name: counter,
    value,
    rate: isGauge(hop, counter) ? null : rates.perSecond(hop, counter),
    text: counterText(hop, counter),
    isLoss: value !== 0 && isLoss(counter),
  }));
  const filled = rows.filter(({ value }) => value !== 0);
  return {
    hop,
    title: index === 1 ? t.hopNode(kind) : ORDER[index]![1](),
    detail: name === "ended" ? t.ended : name === "all" ? t.all : name,
    about: ORDER[index]![2](),
    docs: DOCS[kind] ?? (index === 1 ? `reference/node-types#${kind}` : null),
    lastSeenMs,
    isPassed: kind !== HOPS.graph && kind !== HOPS.threads,
    silentMs: ageMs > HOP_OLD_MS ? ageMs : null,
    hasLost: filled.some((row) => row.isLoss),
    counters: [...filled.filter((row) => row.isLoss), ...filled.filter((row) => !row.isLoss)],
    zeros: rows.filter(({ value }) => value === 0),
  };
}

/** Samples the rates are taken over. */
const WINDOW = 5;

/** Rates of the counters of all hops over the last few samples. A counter that went back has none: it began again. */
export class HopRates {
  readonly #samples: { readonly timeMs: number; readonly hops: ReadonlyMap<string, PipelineHop["counters"]> }[] = [];

  add({ timeMs, hops }: PipelineEvent): void {
    const last = this.#samples.at(-1);
    if (last && timeMs <= last.timeMs) {
      if (timeMs === last.timeMs) return;
      this.#samples.length = 0;
    }
    this.#samples.push({ timeMs, hops: new Map(hops.map(({ hop, counters }) => [hop, counters])) });
    if (this.#samples.length > WINDOW + 1) this.#samples.shift();
  }

  perSecond(hop: string, counter: string): number | null {
    const last = this.#samples.at(-1);
    const first = this.#samples.find((sample) => sample.hops.get(hop)?.[counter] !== undefined);
    const [before, now] = [first?.hops.get(hop)?.[counter], last?.hops.get(hop)?.[counter]];
    if (!first || !last || first === last || before === undefined || now === undefined || now < before) return null;
    return (1000 * (now - before)) / (last.timeMs - first.timeMs);
  }
}
