import { COLUMNS, DERIVED, dimensionByName, MAX_DIMENSIONS, type Order, ORDERS } from "@ngflow/flows";

/** How the groups are drawn. */
export const KINDS = ["stacked", "percent", "lines", "bars", "mirror", "grid", "heatmap", "sankey"] as const;
export type ExploreKind = (typeof KINDS)[number];

/** Units, with what is summed for each. A rate is a sum by its seconds. */
export const UNITS = {
  bps: { sum: "bytes", factor: 8, rate: true },
  pps: { sum: "packets", factor: 1, rate: true },
  fps: { sum: "flows", factor: 1, rate: true },
  bytes: { sum: "bytes", factor: 1, rate: false },
  packets: { sum: "packets", factor: 1, rate: false },
  flows: { sum: "flows", factor: 1, rate: false },
} as const;
export type ExploreUnit = keyof typeof UNITS;

/** What is explored. It is in the address. */
export interface ExploreOptions {
  readonly kind: ExploreKind;
  /** Columns, derived values, and addresses with prefix lengths (`SrcAddr/24`). */
  readonly dims: readonly string[];
  readonly unit: ExploreUnit;
  /** Groups of their own; the rest is one group. */
  readonly top: number;
  readonly order: Order;
  /** Counters as exported, not multiplied by the sampling rate. */
  readonly raw: boolean;
  /** With the total of the period before. */
  readonly previous: boolean;
}

/** Numbers of groups to choose from. */
export const TOPS = [5, 7, 10, 20, 50] as const;
const DEFAULTS: ExploreOptions = {
  kind: "stacked",
  dims: ["Proto"],
  unit: "bps",
  top: 7,
  order: "total",
  raw: false,
  previous: false,
};
/** A Sankey diagram of few groups is mostly "others". */
const SANKEY_TOP = 20;
const SANKEY_DIMS = ["SrcAddr", "ServicePort", "DstAddr"];

/** Everything that a series can be grouped by: columns that are dimensions, and values of a whole flow. */
export const GROUPABLE: readonly string[] = [
  ...COLUMNS.filter(({ role }) => role === "dimension").map(({ name }) => name),
  ...DERIVED.filter((row) => !("binMs" in row)).map(({ name }) => name),
];

function find<const T extends string>(values: readonly T[], text: string | undefined, byDefault: T): T {
  return values.find((value) => value === text) ?? byDefault;
}

/** The options that the parameters of a view have. What is missing or not valid has its default. */
export function exploreOptions(own: Readonly<Record<string, string>>): ExploreOptions {
  const kind = find(KINDS, own["chart"], DEFAULTS.kind);
  const names = own["dims"]?.split(",").flatMap((name) => canonical(name)) ?? null;
  const byDefault = kind === "sankey" ? SANKEY_DIMS : DEFAULTS.dims;
  const top = Number(own["top"]);
  return {
    kind,
    dims: names ? [...new Set(names)].slice(0, MAX_DIMENSIONS) : byDefault,
    unit: find(Object.keys(UNITS) as ExploreUnit[], own["unit"], DEFAULTS.unit),
    top: (TOPS as readonly number[]).includes(top) ? top : kind === "sankey" ? SANKEY_TOP : DEFAULTS.top,
    order: find(Object.keys(ORDERS) as Order[], own["order"], DEFAULTS.order),
    raw: own["counters"] === "raw",
    previous: own["previous"] === "1",
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
  const dims = options.kind === "sankey" ? SANKEY_DIMS : DEFAULTS.dims;
  return {
    chart: put(options.kind, DEFAULTS.kind),
    dims: put(options.dims.join(","), dims.join(",")),
    unit: put(options.unit, DEFAULTS.unit),
    top: put(String(options.top), String(options.kind === "sankey" ? SANKEY_TOP : DEFAULTS.top)),
    order: put(options.order, DEFAULTS.order),
    counters: options.raw ? "raw" : undefined,
    previous: options.previous ? "1" : undefined,
  };
}
