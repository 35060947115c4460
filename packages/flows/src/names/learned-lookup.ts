import { parseIp } from "@ngflow/base";
import type { ColumnName } from "../columns.ts";
import type { LearnedName, NameKind } from "../learned-name.ts";
import { type NameLookup, type NameWindow, SERIES, TIME_BITS } from "./name-lookup.ts";
import type { LearnedValue } from "./named-value.ts";

/** How much earlier than its end a flow may be received: the clocks of exporters are trusted so far. */
const EARLY_MS = 300_000;
/** Flows of a range that are received later have the names of its end. */
const LATE_MS = 3_600_000;
const MAX_NUMBER = 0xffff_ffff;

/** A name of a number of a domain, from a time on. */
interface Period {
  readonly fromMs: number;
  readonly text: string;
}

/** The names of one number of an exporter by domain, in order of time. */
type Domains = ReadonlyMap<number, readonly Period[]>;

/** Names of one kind: by exporter, then by number. */
type Learned = ReadonlyMap<string, ReadonlyMap<number, Domains>>;

const INDEXED = new WeakMap<readonly LearnedName[], Map<string, Learned>>();

/**
 * The lookup of what exporters called their numbers, in a range of time. A name holds from when it was received until
 * another one came; the first one also for what was received before it, as exporters repeat names every few minutes
 * only. Where all domains of an exporter have one name for a number in the whole range, neither domain nor time
 * matters. Otherwise a domain has its own names or, without any, those of domain 0.
 */
export function learnedLookup(value: LearnedValue, learned: readonly LearnedName[], window: NameWindow): NameLookup {
  const maker = new LookupMaker(value, indexOf(value, learned));
  return maker.make(window);
}

class LookupMaker {
  readonly #value: LearnedValue;
  readonly #learned: Learned;
  readonly #numberOf: ReadonlyMap<string, number>;
  readonly #texts: readonly string[];
  readonly #starts: bigint[] = [];
  readonly #startValues: number[] = [];
  #series = 0;

  constructor(value: LearnedValue, learned: Learned) {
    this.#value = value;
    this.#learned = learned;
    const texts = new Set<string>();
    for (const numbers of learned.values())
      for (const domains of numbers.values())
        for (const periods of domains.values()) for (const { text } of periods) texts.add(text);
    texts.delete("");
    this.#texts = ["", ...[...texts].sort()];
    this.#numberOf = new Map(this.#texts.map((text, number) => [text, number]));
  }

  make(window: NameWindow): NameLookup {
    const exporters: Uint8Array[] = [];
    const domains: { exporter: number; domain: number }[] = [];
    const ofExporters: { keys: bigint[]; values: number[] } = { keys: [], values: [] };
    const ofDomains: { keys: bigint[]; values: number[] } = { keys: [], values: [] };
    for (const [address, numbers] of this.#learned) {
      const bytes = parseIp(address);
      if (bytes === undefined) continue;
      const exporter = exporters.push(bytes);
      const positions = new Map<number, number>();
      for (const [number, all] of numbers) {
        const within = [...all].map(([domain, periods]) => [domain, periodsIn(periods, window)] as const);
        const texts = new Set(within.flatMap(([, periods]) => periods.map(({ text }) => text)));
        if (texts.size === 1) {
          add(ofExporters, exporter, number, this.#numberOf.get([...texts][0]!)!);
          continue;
        }
        for (const [domain, periods] of within) {
          let position = positions.get(domain);
          if (position === undefined) positions.set(domain, (position = domains.push({ exporter, domain })));
          const entry = this.#valueOf(periods);
          add(ofDomains, position, number, entry);
          if (domain === 0) add(ofExporters, exporter, number, entry);
        }
      }
    }
    const needs = new Set<ColumnName>(this.#value.needs);
    if (domains.length > 0) needs.add("Domain");
    if (this.#series > 0) needs.add("TimeReceived");
    return {
      texts: this.#texts,
      exporters,
      domains,
      number: this.#value.number ?? null,
      ofExporters,
      ofDomains,
      starts: this.#starts,
      startValues: this.#startValues,
      needs: [...needs],
    };
  }

  /** The number of the only name, or of a new series. */
  #valueOf(periods: readonly Period[]): number {
    if (periods.length === 1) return this.#numberOf.get(periods[0]!.text)!;
    const series = this.#series++;
    for (const [i, { fromMs, text }] of periods.entries()) {
      this.#starts.push((BigInt(series) << TIME_BITS) | BigInt(i === 0 ? 0 : fromMs));
      this.#startValues.push(this.#numberOf.get(text)!);
    }
    return SERIES + series;
  }
}

function add({ keys, values }: { keys: bigint[]; values: number[] }, owner: number, number: number, value: number) {
  keys.push((BigInt(owner) << 32n) | BigInt(number));
  values.push(value);
}

/** The names that held in a range; equal ones in a row are one. */
function periodsIn(periods: readonly Period[], { fromMs, toMs }: NameWindow): readonly Period[] {
  let first = 0;
  let end = periods.length;
  while (first + 1 < end && periods[first + 1]!.fromMs <= fromMs - EARLY_MS) first++;
  while (end - 1 > first && periods[end - 1]!.fromMs >= toMs + LATE_MS) end--;
  return periods.slice(first, end).filter(({ text }, i, all) => i === 0 || all[i - 1]!.text !== text);
}

/** The names that a value needs, by exporter, number and domain. */
function indexOf(value: LearnedValue, learned: readonly LearnedName[]): Learned {
  let indexes = INDEXED.get(learned);
  if (indexes === undefined) INDEXED.set(learned, (indexes = new Map<string, Learned>()));
  const key = `${value.from} ${value.text}`;
  let index = indexes.get(key);
  if (index === undefined) indexes.set(key, (index = indexed(value, learned)));
  return index;
}

function indexed(value: LearnedValue, learned: readonly LearnedName[]): Learned {
  const index = new Map<string, Map<number, Map<number, Period[]>>>();
  for (const entry of learned) {
    if (entry.kind !== value.from) continue;
    const number = numberOfName(entry.kind, entry.id);
    if (number === undefined) continue;
    const text = value.text === "description" ? entry.description : entry.name === "" ? entry.description : entry.name;
    const numbers = at(index, entry.exporter, () => new Map<number, Map<number, Period[]>>());
    // The names of domains have the domain as their number.
    const domains = at(numbers, value.number === undefined ? 0 : number, () => new Map<number, Period[]>());
    const periods = at(domains, value.number === undefined ? number : entry.domain, (): Period[] => []);
    periods.push({ fromMs: Date.parse(entry.from), text });
  }
  for (const numbers of index.values())
    for (const domains of numbers.values())
      for (const periods of domains.values()) periods.sort((a, b) => a.fromMs - b.fromMs);
  return index;
}

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** A number as columns have it. RFC 6759 section 4: the first byte of an application id is its engine. */
export function numberOfName(kind: NameKind, id: string): number | undefined {
  const [engine = "0", selector] = id.split(":");
  const isPair = kind === "application" && selector !== undefined;
  const number = isPair ? Number(engine) * 2 ** 24 + Number(selector) : Number(id);
  if (isPair && Number(selector) >= 2 ** 24) return undefined;
  return Number.isInteger(number) && number >= 0 && number <= MAX_NUMBER ? number : undefined;
}
