import { COLUMNS } from "../columns.ts";
import { AnswerTooLargeError, fittingBins, groupsOf, tooLarge } from "./answer-size.ts";
import { AUTO_BINS, autoStepMs } from "./auto-step.ts";
import { dimensionByName } from "./dimension.ts";
import { type Duplicates, DUPLICATES } from "./duplicates.ts";
import { isoTime } from "./display.ts";
import { nearest } from "./nearest.ts";
import { parseFilter } from "./filter.ts";
import { DEFAULT_FLOWS, DEFAULT_RANGE_MS, DEFAULT_TOP, MAX_DIMENSIONS, MAX_FLOWS, MAX_TOP } from "./limits.ts";
import { parseDuration } from "./duration.ts";
import { metricProblem, previousProblem } from "./plan.ts";
import { type Order, ORDERS, type Statistic, STATISTICS } from "./statistic.ts";
import { parseInstant } from "./time.ts";
import {
  type FlowSort,
  type FlowsSpec,
  type Placement,
  PLACEMENTS,
  type QueryMetric,
  type QuerySpec,
} from "./types.ts";
import { QueryWordError, spelled } from "./word-error.ts";
import { zoneByName } from "./zone.ts";
import type { GivenWords, QueryWord, Spelling } from "./words.ts";
import type { FilterSets } from "./value-set.ts";

const DAY_MS = 86_400_000;

/** Columns that rows can be sorted by: all but the map of other fields. */
const SORTABLE = COLUMNS.flatMap(({ name, kind }) => (kind === "map" ? [] : [name]));

interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The aggregate that words ask for. `spelling` says how errors name a word; `sets` are the files of the filter.
 *
 * @throws QueryWordError, FilterError, AnswerTooLargeError
 */
export function parseQuery(
  words: GivenWords,
  nowMs: number,
  spelling: Spelling = "parameter",
  sets: FilterSets = {},
): QuerySpec {
  const reader = new WordReader(words, spelling);
  const range = reader.range(nowMs);
  const by = reader.dimensions();
  const top = reader.count("top", DEFAULT_TOP, MAX_TOP);
  const stepMs = reader.step(range, groupsOf(by, top));
  return {
    by,
    metric: reader.metric(),
    ...range,
    ...(stepMs === undefined ? {} : { stepMs }),
    top,
    ...reader.choices(),
    ...reader.placement(),
    ...reader.duplicates(),
    ...(reader.zone() === undefined ? {} : { zone: reader.zone()! }),
    ...reader.previous(range, stepMs),
    ...reader.filter(sets),
  };
}

/** A request for raw flows, with the number of rows set. */
type ParsedFlows = FlowsSpec & { readonly limit: number };

/** The raw flows that words ask for; as `parseQuery`. */
export function parseFlows(
  words: GivenWords,
  nowMs: number,
  spelling: Spelling = "parameter",
  sets: FilterSets = {},
): ParsedFlows {
  const reader = new WordReader(words, spelling);
  const limit = reader.count("limit", DEFAULT_FLOWS, MAX_FLOWS);
  return {
    ...reader.range(nowMs),
    limit,
    ...reader.placement(),
    ...reader.duplicates(),
    ...reader.sort(),
    ...reader.filter(sets),
  };
}

class WordReader {
  readonly #words: GivenWords;
  readonly #spelling: Spelling;

  constructor(words: GivenWords, spelling: Spelling) {
    this.#words = words;
    this.#spelling = spelling;
  }

  /** Whole milliseconds; nothing is earlier than 1970. */
  range(nowMs: number): TimeRange {
    const { from, last } = this.#words;
    if (from !== undefined && last !== undefined) {
      this.#fail("last", `cannot be combined with ${spelled("from", undefined, this.#spelling)}; give one of them`);
    }
    const toMs = this.#instant("to", nowMs) ?? Math.floor(nowMs);
    const fromMs = Math.max(0, this.#instant("from", nowMs) ?? toMs - (this.#last() ?? DEFAULT_RANGE_MS));
    if (fromMs >= toMs) {
      const word = from === undefined ? "to" : "from";
      this.#fail(word, `the range is empty: it starts at ${isoTime(fromMs)} and ends at ${isoTime(toMs)}`);
    }
    return { fromMs, toMs };
  }

  /** The width of a bin, wide enough for the number of groups. */
  step(range: TimeRange, groups: number): number | undefined {
    const text = this.#words.step;
    if (text === undefined) return undefined;
    if (text === "auto") return autoStepMs(range, Math.min(AUTO_BINS, fittingBins(groups)));
    const stepMs = parseDuration(/^\d+$/.test(text) ? `${text}s` : text);
    if (stepMs === undefined || stepMs < 1000 || stepMs % 1000 !== 0) {
      this.#fail("step", "not a bin width; use whole seconds, for example 30s, 5m or 1h, or auto");
    }
    const problem = tooLarge(range, stepMs, groups);
    if (problem !== undefined) throw new AnswerTooLargeError(`${spelled("step", text, this.#spelling)}: ${problem}`);
    return stepMs;
  }

  dimensions(): string[] {
    const names = (this.#words.by ?? "").split(",").map((name) => name.trim());
    const by = names.filter((name) => name !== "").map((name) => this.#dimension(name));
    if (new Set(by).size !== by.length) this.#fail("by", "a column is named twice");
    if (by.length > MAX_DIMENSIONS) this.#fail("by", `at most ${MAX_DIMENSIONS} columns are allowed`);
    return by;
  }

  /** The zone of times without an offset; undefined for UTC. */
  zone(): string | undefined {
    const text = this.#words.zone;
    if (text === undefined) return undefined;
    const zone = zoneByName(text) ?? this.#fail("zone", "not a zone of the tz database, such as Europe/Berlin");
    return zone === "UTC" ? undefined : zone;
  }

  metric(): QueryMetric {
    const text = this.#words.metric;
    if (text === undefined) return "bytes";
    const problem = metricProblem(text);
    return problem === undefined ? (text as QueryMetric) : this.#fail("metric", problem);
  }

  /** Statistic, order and counters; what is absent has its default. */
  choices(): { statistic?: Statistic; order?: Order; raw?: true } {
    const statistic = this.#choice("statistic", STATISTICS);
    const order = this.#choice("order", Object.keys(ORDERS) as Order[]);
    const raw = this.#choice("counters", ["scaled", "raw"]) === "raw";
    return {
      ...(statistic === undefined ? {} : { statistic }),
      ...(order === undefined ? {} : { order }),
      ...(raw ? { raw } : {}),
    };
  }

  /** How much earlier the previous range is; a period is a whole number of bins. */
  previous({ fromMs, toMs }: TimeRange, stepMs = 1): { previousMs?: number } {
    const text = this.#words.previous;
    if (text === undefined) return {};
    const named: Readonly<Record<string, number>> = {
      day: DAY_MS,
      week: 7 * DAY_MS,
      period: Math.ceil(toMs / stepMs) * stepMs - Math.floor(fromMs / stepMs) * stepMs,
    };
    const previousMs = Object.hasOwn(named, text) ? named[text] : parseDuration(text);
    if (previousMs === undefined || !(previousMs > 0))
      return this.#fail("previous", "not one of day, week and period, and not a duration such as 12h");
    const problem = previousProblem({ fromMs, stepMs, previousMs });
    return problem === undefined ? { previousMs } : this.#fail("previous", problem);
  }

  /** What places a flow in time; nothing for the default. */
  placement(): { time?: Placement } {
    return this.#choice("time", PLACEMENTS) === "arrival" ? { time: "arrival" } : {};
  }

  /** What is done with flows that were seen several times; nothing for the default. */
  duplicates(): { duplicates?: Duplicates } {
    const duplicates = this.#choice("duplicates", DUPLICATES) ?? "as-seen";
    return duplicates === "as-seen" ? {} : { duplicates };
  }

  #choice<const T extends string>(word: QueryWord, choices: readonly T[]): T | undefined {
    const text = this.#words[word];
    if (text === undefined) return undefined;
    const near = nearest(text, choices);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    return choices.find((choice) => choice === text) ?? this.#fail(word, `not one of ${choices.join(", ")}${hint}`);
  }

  /** The column of flows that they are sorted by. */
  sort(): { sort?: FlowSort } {
    const text = this.#words.sort;
    if (text === undefined) return {};
    const name = text.replace(/^-/, "");
    const column = SORTABLE.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (column !== undefined) return { sort: { column, largestFirst: !text.startsWith("-") } };
    const near = nearest(name, SORTABLE);
    return this.#fail("sort", `not a column to sort by${near === undefined ? "" : `; did you mean ${near}?`}`);
  }

  count(word: "top" | "limit", byDefault: number, most: number): number {
    const text = this.#words[word];
    if (text === undefined) return byDefault;
    const count = /^\d+$/.test(text) ? Number(text) : 0;
    return count >= 1 && count <= most ? count : this.#fail(word, `not a whole number from 1 to ${most}`);
  }

  /** The filter, checked; nothing when it keeps everything. */
  filter(sets: FilterSets): { filter?: string; sets?: FilterSets } {
    const filter = this.#words.filter?.trim() ?? "";
    if (filter === "") return {};
    parseFilter(filter, sets);
    return Object.keys(sets).length === 0 ? { filter } : { filter, sets };
  }

  #instant(word: "from" | "to", nowMs: number): number | undefined {
    const text = this.#words[word];
    if (text === undefined) return undefined;
    if (/^-\d+(\.\d+)?$/.test(text)) this.#failUnit(word, text);
    const ms = parseInstant(text, nowMs, this.zone());
    return (
      ms ?? this.#fail(word, "not a time; use ISO 8601, Unix seconds or milliseconds, now, or -15m for 15 minutes ago")
    );
  }

  #last(): number | undefined {
    const text = this.#words.last;
    if (text === undefined) return undefined;
    if (/^\d+(\.\d+)?$/.test(text)) this.#failUnit("last", text);
    const ms = parseDuration(text);
    return ms === undefined || ms <= 0 ? this.#fail("last", "not a duration; use for example 90s, 15m, 6h or 2d") : ms;
  }

  #failUnit(word: QueryWord, text: string): never {
    return this.#fail(word, `the unit is missing; write ${text}s, ${text}m, ${text}h or ${text}d`);
  }

  #dimension(text: string): string {
    const dimension = dimensionByName(text);
    return typeof dimension === "string" ? this.#fail("by", dimension) : dimension.name;
  }

  #fail(word: QueryWord, problem: string): never {
    throw new QueryWordError(word, this.#words[word], problem, this.#spelling);
  }
}
