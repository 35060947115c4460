import { DUPLICATES, parseFilter, parseQuery } from "@ngflow/flows";
import fc from "fast-check";
import { expect, test } from "vitest";
import { coverageOf } from "../../state/coverage.ts";
import { spanOf } from "../../state/span.ts";
import { DEFAULT_VIEW } from "../../state/url-state.ts";
import { keepMark } from "../../filter/predicate.ts";
import { ICMP_TERM, NO_ICMP_TERM } from "../../filter/icmp.ts";
import { OTHERS } from "../../theme/colours.ts";
import { PALETTES } from "../../theme/palette.ts";
import { BIN_SECONDS } from "./bins.ts";
import { exploreChart } from "./chart.ts";
import { commandOf } from "./command.ts";
import { exploreOption, groupAt } from "./draw.ts";
import { heatmapOf } from "./heatmap.ts";
import { UNITS } from "../units.ts";
import { logLeast } from "./log-axis.ts";
import { exploreOptions, exploreParams, KINDS } from "./options.ts";
import { csvOf, sortedSeries, sparkPath } from "./rows.ts";
import { sankeyOf } from "./sankey.ts";
import { exploreData, inPercent } from "./series.ts";

const STEP = 10_000;
const SPAN = { from: 1_000_000_000_000, to: 1_000_000_000_000 + 10 * STEP, stepMs: STEP };
const BINS = Array.from({ length: 10 }, (_, bin) => SPAN.from + bin * STEP);
const FULL = coverageOf(SPAN, BINS, SPAN.to);

type Row = Record<string, string | number | null>;
const answer = (rows: readonly Row[], step: number | null = 10) => ({
  from: new Date(SPAN.from).toISOString(),
  to: new Date(SPAN.to).toISOString(),
  step,
  columns: [],
  rows,
  tier: "flows",
  elapsedMs: 1,
});
const at = (bin: number): string => new Date(SPAN.from + bin * STEP).toISOString();

const ROWS: readonly Row[] = [
  { time: at(0), Proto: "tcp", bytes: 1000 },
  { time: at(1), Proto: "tcp", bytes: 3000 },
  { time: at(1), Proto: "udp", bytes: 500 },
  { time: at(2), Proto: null, bytes: 250 },
];
const data = exploreData(answer(ROWS), ["Proto"], { unit: "bps" }, SPAN, FULL);
const look = {
  kind: "stacked",
  data,
  back: null,
  before: null,
  palette: PALETTES.light,
  emphasis: null,
  alerts: [],
  text: String,
  width: 900,
  most: 5,
} as const;

test("a logarithmic axis begins at the power of ten below the smallest value; zero is not drawn on it", () => {
  const drawing = { ...look, kind: "lines", log: true } as const;
  // 1000 bytes in 10 s are 800 bit/s; the smallest value is 200 bit/s, and udp is 0 in most bins.
  expect(logLeast(drawing, data)).toBe(100);
  expect(logLeast({ ...drawing, log: false }, data)).toBeUndefined();
  const { yAxis, series } = exploreOption(drawing) as {
    yAxis: { type: string; min: number }[];
    series: { name: string; data: [number, number | null][] }[];
  };
  expect(yAxis[0]).toMatchObject({ type: "log", min: 100 });
  const udp = series.find(({ name }) => name === "udp")!.data.map(([, value]) => value);
  expect(udp.slice(0, 3)).toEqual([null, 400, null]);
  const huge = { ...ROWS[0]!, time: at(3), bytes: 1e15 };
  const wide = exploreData(answer([...ROWS, huge]), ["Proto"], { unit: "bps" }, SPAN, FULL);
  expect(logLeast(drawing, wide)).toBe(1e8);
});

test("a line at the 95th percentile of the total, of each direction, where the total is on the axis", () => {
  const line = (kind: (typeof KINDS)[number], p95: boolean, back: typeof data | null = null) => {
    const { series } = exploreOption({ ...look, kind, p95, back }) as unknown as {
      series: { id: string; data: [number, number][] }[];
    };
    return series.filter(({ id }) => id?.startsWith("p95")).map(({ data: points }) => points.map(([, value]) => value));
  };
  const { p95 } = data.total.stats;
  expect(p95).toBeGreaterThan(0);
  expect(line("stacked", true)).toEqual([[p95, p95], []]);
  expect(line("mirror", true, data)).toEqual([
    [p95, p95],
    [-p95!, -p95!],
  ]);
  expect(line("stacked", false)).toEqual([[], []]);
  expect(line("percent", true)).toEqual([[], []]);
});

test("options survive the address, and nonsense is the default", () => {
  const options = fc.record({
    kind: fc.constantFrom(...KINDS.filter((kind) => kind !== "map")),
    dims: fc.uniqueArray(fc.constantFrom("Proto", "SrcAddr/24", "DstAddr/24/48", "ServicePort", "InIf"), {
      minLength: 1,
      maxLength: 5,
    }),
    unit: fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[])),
    speed: fc.constantFrom(null, 1e9, 2.5e9),
    bins: fc.constantFrom(null, ...BIN_SECONDS),
    top: fc.constantFrom(5, 7, 50),
    order: fc.constantFrom("total", "last", "peak", "average" as const),
    raw: fc.boolean(),
    previous: fc.boolean(),
    p95: fc.boolean(),
    duplicates: fc.constantFrom(...DUPLICATES),
    log: fc.boolean(),
  });
  fc.assert(
    fc.property(options, (given) => {
      const params = Object.fromEntries(
        Object.entries(exploreParams(given)).filter(([, value]) => value !== undefined),
      );
      expect(exploreOptions(params as Record<string, string>)).toEqual(given);
    }),
  );
  const map = exploreOptions({ chart: "map", dims: "Proto,SrcCountry,DstCountry", top: "5" });
  expect(map).toMatchObject({ dims: ["SrcCountry"], top: 300 });
  expect(exploreParams(map)).toMatchObject({ chart: "map", dims: "SrcCountry", top: undefined });
  expect(exploreOptions({ chart: "map", dims: "Proto" }).dims).toEqual(["DstCountry"]);
  const odd = exploreOptions({ chart: "pie", dims: "Nothing,SrcAddr/999,Hour", unit: "m", top: "9999", order: "x" });
  expect(odd).toEqual({ ...exploreOptions({}), dims: [] });
});

test("statistics are in the unit, the sum is what was summed, and silence is zero", () => {
  expect(data.series.map(({ key }) => key)).toEqual(["tcp", "udp", OTHERS]);
  expect(data.series[0]!.stats).toEqual({ min: 0, max: 2400, last: 0, average: 320, p95: 2400, total: 4000 });
  expect(data.series[1]!.values).toEqual([0, 400, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test("what is not recorded has no value and no part in an average", () => {
  const late = exploreData(
    answer(ROWS),
    ["Proto"],
    { unit: "bps" },
    SPAN,
    coverageOf(SPAN, [BINS[1]!, BINS[2]!], BINS[3]!),
  );
  expect(late.series[0]!.values.slice(0, 3)).toEqual([null, 2400, 0]);
  expect(late.series[0]!.stats).toMatchObject({ average: 1200, total: 3000 });
});

test("table, stacks and total conserve what was answered", () => {
  const row = fc.record({
    bin: fc.nat(9),
    Proto: fc.constantFrom("tcp", "udp", "icmp", null),
    bytes: fc.nat(1e9),
  });
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const result = answer(rows.map(({ bin, ...rest }) => ({ ...rest, time: at(bin) })));
      const made = exploreData(result, ["Proto"], { unit: "bytes" }, SPAN, FULL);
      const sum = rows.reduce((all, { bytes }) => all + bytes, 0);
      expect(made.series.reduce((all, { stats }) => all + stats.total, 0)).toBe(sum);
      expect(made.total.stats.total).toBe(sum);
      for (const [bin, value] of made.total.values.entries()) {
        expect(made.series.reduce((all, { values }) => all + (values[bin] ?? 0), 0)).toBe(value);
      }
      for (const [bin, whole] of inPercent(made).series[0]?.values.entries() ?? []) {
        expect(whole).toBeLessThanOrEqual(100.000001);
        expect(made.total.values[bin] === 0 ? whole : 1).toBeDefined();
      }
    }),
  );
});

test("every column of a Sankey diagram sums to the total, and so do its links", () => {
  const row = fc.record({
    SrcAddr: fc.constantFrom("10.0.0.1", "10.0.0.2", null),
    ServicePort: fc.constantFrom(53, 443, null),
    DstAddr: fc.constantFrom("192.0.2.1", null),
    bytes: fc.nat(1e6),
  });
  const dims = ["SrcAddr", "ServicePort", "DstAddr"];
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const { nodes, links } = sankeyOf(answer(rows, null), dims, "bytes");
      const sum = rows.reduce((all, { bytes }) => all + bytes, 0);
      for (const depth of [0, 1, 2]) {
        expect(nodes.filter((node) => node.depth === depth).reduce((all, { value }) => all + value, 0)).toBe(sum);
      }
      for (const depth of [0, 1]) {
        const from = links.filter(({ source }) => source.startsWith(`${depth} `));
        expect(from.reduce((all, { value }) => all + value, 0)).toBe(sum);
      }
    }),
  );
});

test("hours of a week are means of the recorded ones", () => {
  const hour = 3_600_000;
  const monday = Date.parse("2026-11-30T00:00:00Z");
  const span = { from: monday, to: monday + 8 * 24 * hour, stepMs: hour };
  const starts = Array.from({ length: 8 * 24 }, (_, index) => monday + index * hour);
  const rows = starts.map((time, index) => ({ time: new Date(time).toISOString(), bytes: index < 24 ? 100 : 300 }));
  const { rows: cells, most } = heatmapOf(
    answer(rows, 3600),
    { unit: "bytes" },
    span,
    coverageOf(span, starts.slice(24), span.to),
  );
  expect(cells.flat().reduce((all, { hours }) => all + hours, 0)).toBe(7 * 24);
  expect(most).toBe(300);
});

test("drawn: what is not recorded, each group in its stack, and the group under the pointer", () => {
  const option = exploreOption(look);
  expect(option.series.map(({ id }) => id)).toEqual([
    "coverage",
    "alerts",
    ...[0, 1, 2, 3, 4].map((index) => `stacked up ${index}`),
    "p95 up",
    "p95 down",
    "losses",
  ]);
  const middle = BINS[1]! + STEP / 2;
  expect([100, 2500, 2900].map((value) => groupAt(look, middle, value, 0))).toEqual(["tcp", "udp", undefined]);
  expect(groupAt({ ...look, kind: "lines" }, middle, 420, 20)).toBe("udp");
  const mirror = exploreOption({ ...look, kind: "mirror", back: data });
  expect(mirror.series.at(-8)!.data[1]![1]).toBe(-2400);
  expect(exploreOption({ ...look, kind: "grid" }).series).toHaveLength(3);
});

test("the command is a query with the same numbers", async () => {
  const own = { dims: "SrcAddr/24,DstPort", unit: "bytes", order: "peak", counters: "raw" };
  const window = { fromMs: SPAN.from, toMs: SPAN.to };
  const asked: object[] = [];
  const result = await exploreChart.ask(
    {
      state: { ...DEFAULT_VIEW, own },
      params: {},
      nowMs: SPAN.to,
      window,
      span: spanOf(window, 180),
      rows: 1,
      filter: "port 53",
      coverage: async () => FULL,
    },
    {},
    (async (_: string, params: object) => {
      asked.push(params);
      return answer(ROWS, 2);
    }) as never,
  );
  const command = commandOf(result, "src net 10.0.0.0/8 and Proto = 'tcp'");
  // What has ports, and ICMP beside it: the questions of the chart.
  const begin = "ngflow query --from 2001-09-09T01:46:40Z --to 2001-09-09T01:48:20Z --by SrcAddr/24";
  const filter = "src net 10.0.0.0/8 and Proto = '\\''tcp'\\''";
  expect(command.split("\n")).toEqual([
    `${begin},DstPort --metric bytes --step 2s --top 7 --order peak --counters raw '${filter} and ${NO_ICMP_TERM}'`,
    `${begin} --metric bytes --step 2s --top 3 --order peak --counters raw '${filter} and ${ICMP_TERM}'`,
  ]);
  expect(() =>
    parseQuery(
      { from: "2001-09-09T01:46:40Z", to: "2001-09-09T01:48:20Z", by: own.dims, step: "2s", order: "peak" },
      SPAN.to,
    ),
  ).not.toThrow();
  expect(asked).toHaveLength(1);
});

test("every mark is a filter", () => {
  const terms = data.series.flatMap(({ mark }) => (mark ? [keepMark(mark)!] : []));
  expect(terms).toEqual(["Proto = tcp", "Proto = udp"]);
  for (const term of terms) expect(() => parseFilter(term)).not.toThrow();
});

test("sorted by any column with the others last; a line has gaps; a CSV is safe to open", () => {
  expect(sortedSeries(data, "label", false, OTHERS).map(({ key }) => key)).toEqual(["udp", "tcp", OTHERS]);
  expect(sortedSeries(data, "max", true, OTHERS).map(({ key }) => key)).toEqual(["udp", "tcp", OTHERS]);
  expect(sparkPath([1, null, 2], 10, 10).match(/M/g)).toHaveLength(2);
  expect(
    csvOf([
      ["a", 'b"c', "=1+1"],
      [1, null, 2.5],
    ]),
  ).toBe(`a,"b""c",'=1+1\r\n1,,2.5\r\n`);
});

test("a prefix is a mark that filters by the prefix", () => {
  const rows = [
    { time: at(0), "SrcAddr/24/48": "10.20.0.0", bytes: 5 },
    { time: at(0), "SrcAddr/24/48": "2001:db8::", bytes: 4 },
  ];
  const { series } = exploreData(answer(rows), ["SrcAddr/24/48"], { unit: "bytes" }, SPAN, FULL);
  expect(series.map(({ label, mark }) => [label, keepMark(mark!)])).toEqual([
    ["10.20.0.0/24", "SrcAddr = 10.20.0.0/24"],
    ["2001:db8::/48", "SrcAddr = 2001:db8::/48"],
  ]);
  for (const { mark } of series) expect(() => parseFilter(keepMark(mark!)!)).not.toThrow();
});
