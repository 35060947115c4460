import {
  COLUMNS,
  DERIVED,
  DUPLICATES,
  type Duplicates,
  NAMED,
  dimensionByName,
  MAX_DIMENSIONS,
  type Order,
  ORDERS,
} from "@ngflow/flows";
import { BIN_SECONDS } from "./bins.ts";
import { speedOf, type Unit, UNITS } from "../units.ts";

/** How the groups are drawn. */
export const KINDS = ["stacked", "percent", "lines", "bars", "mirror", "grid", "heatmap", "sankey", "map"] as const;
export type ExploreKind = (typeof KINDS)[number];

/** What is explored. It is in the address. */
export interface ExploreOptions {
  readonly kind: ExploreKind;
  /** Columns, derived values, and addresses with prefix lengths (`SrcAddr/24`). */
  readonly dims: readonly string[];
  readonly unit: Unit;
  /** Speed of the link in bits per second, for the part of it in use; null where it is not given. */
  readonly speed: number | null;
  /** Width of the bins over time, in seconds; null for what suits the range. */
  readonly bins: number | null;
  /** Groups of their own; the rest is one group. */
  readonly top: number;
  readonly order: Order;
  /** Counters as exported, not multiplied by the sampling rate. */
  readonly raw: boolean;
  /** What is done with flows that several exporters saw. */
  readonly duplicates: Duplicates;
  /** With the total of the period before. */
  readonly previous: boolean;
  /** With a line at the 95th percentile of the total. */
  readonly p95: boolean;
  /** A logarithmic axis, for what is drawn from zero on its own: lines, and a chart per group. */
  readonly log: boolean;
}

/** Numbers of groups to choose from. */
export const TOPS = [5, 7, 10, 20, 50] as const;
const DEFAULTS: ExploreOptions = {
  kind: "stacked",
  dims: ["Proto"],
  unit: "bps",
  speed: null,
  bins: null,
  top: 7,
  order: "total",
  raw: false,
  duplicates: "as-seen",
  previous: false,
  p95: false,
  log: false,
};
/** Drawings that may have a logarithmic axis: a stack of logarithms would sum to nothing that is so. */
export const LOG_KINDS: ReadonlySet<ExploreKind> = new Set(["lines", "grid"]);
/** Drawings on whose axis the total is, so that its 95th percentile has a place. */
export const P95_KINDS: ReadonlySet<ExploreKind> = new Set(["stacked", "bars", "lines", "mirror"]);
/** Drawings with one axis for all groups, on which the total of the period before has a place. */
export const PREVIOUS_KINDS: ReadonlySet<ExploreKind> = new Set(P95_KINDS);
/** A Sankey diagram of few groups is mostly "others". */
const SANKEY_TOP = 20;
const SANKEY_DIMS = ["SrcAddr", "ServicePort", "DstAddr"];
/** Drawings of bins of a chosen width. */
export const BIN_KINDS: ReadonlySet<ExploreKind> = new Set([...P95_KINDS, "percent", "grid"]);
/** Columns of countries: a map is of one of them. */
export const COUNTRY_DIMS: readonly string[] = ["DstCountry", "SrcCountry"];
/** More than there are countries: a map has no others. */
const MAP_TOP = 300;

/** The columns that a drawing has by default. */
function dimsOf(kind: ExploreKind): readonly string[] {
  if (kind === "map") return COUNTRY_DIMS.slice(0, 1);
  return kind === "sankey" ? SANKEY_DIMS : DEFAULTS.dims;
}

/** The number of groups that a drawing has by default. */
function topOf(kind: ExploreKind): number {
  if (kind === "map") return MAP_TOP;
  return kind === "sankey" ? SANKEY_TOP : DEFAULTS.top;
}

/** Everything that a series can be grouped by: columns that are dimensions, values of a whole flow, and names. */
export const GROUPABLE: readonly string[] = [
  ...COLUMNS.filter(({ role }) => role === "dimension").map(({ name }) => name),
  ...DERIVED.filter((row) => !("binMs" in row)).map(({ name }) => name),
  ...NAMED.map(({ name }) => name),
];

function find<const T extends string>(values: readonly T[], text: string | undefined, byDefault: T): T {
  return values.find((value) => value === text) ?? byDefault;
}

/** The options that the parameters of a view have. What is missing or not valid has its default. */
export function exploreOptions(own: Readonly<Record<string, string>>): ExploreOptions {
  const kind = find(KINDS, own["chart"], DEFAULTS.kind);
  const names = own["dims"]?.split(",").flatMap((name) => canonical(name)) ?? null;
  const chosen = kind === "map" ? names?.filter((name) => COUNTRY_DIMS.includes(name)).slice(0, 1) : names;
  const top = Number(own["top"]);
  return {
    kind,
    dims:
      chosen && (kind !== "map" || chosen.length > 0) ? [...new Set(chosen)].slice(0, MAX_DIMENSIONS) : dimsOf(kind),
    unit: find(Object.keys(UNITS) as Unit[], own["unit"], DEFAULTS.unit),
    speed: speedOf(own["speed"] ?? ""),
    bins: BIN_SECONDS.find((seconds) => String(seconds) === own["bins"]) ?? null,
    top: kind !== "map" && (TOPS as readonly number[]).includes(top) ? top : topOf(kind),
    order: find(Object.keys(ORDERS) as Order[], own["order"], DEFAULTS.order),
    raw: own["counters"] === "raw",
    duplicates: find(DUPLICATES, own["duplicates"], DEFAULTS.duplicates),
    previous: own["previous"] === "1",
    p95: own["p95"] === "1",
    log: own["axis"] === "log",
  };
}

function canonical(name: string): string[] {
  if (!GROUPABLE.includes(name.split("/")[0]!)) return [];
  const found = dimensionByName(name);
  return typeof found === "string" ? [] : [found.name];
}

/** A change of the options as parameters of the view: undefined for what is the default. */
export function exploreParams(options: ExploreOptions): Record<string, string | undefined> {
  const put = (value: string, byDefault: string): string | undefined => (value === byDefault ? undefined : value);
  return {
    chart: put(options.kind, DEFAULTS.kind),
    dims: put(options.dims.join(","), dimsOf(options.kind).join(",")),
    unit: put(options.unit, DEFAULTS.unit),
    speed: options.speed === null ? undefined : String(options.speed),
    bins: options.bins === null ? undefined : String(options.bins),
    top: options.kind === "map" ? undefined : put(String(options.top), String(topOf(options.kind))),
    order: put(options.order, DEFAULTS.order),
    counters: options.raw ? "raw" : undefined,
    duplicates: put(options.duplicates, DEFAULTS.duplicates),
    previous: options.previous ? "1" : undefined,
    p95: options.p95 ? "1" : undefined,
    axis: options.log ? "log" : undefined,
  };
}
