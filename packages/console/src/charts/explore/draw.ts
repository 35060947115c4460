import { colourOf, placesOf } from "../../theme/colours.ts";
import { alertAreas } from "../alert-bands.ts";
import { lossMarks } from "../loss-marks.ts";
import { axisTime, coverageAreas } from "../time-axis.ts";
import { roundUp } from "../thing/render.ts";
import type { Drawing } from "./drawing.ts";
import { logLeast } from "./log-axis.ts";
import type { ExploreKind } from "./options.ts";
import { percentileLine } from "./percentile-line.ts";
import { type ExploreData, type ExploreSeries, inPercent } from "./series.ts";

/** Places in the palette of all groups of a drawing. */
export function drawingPlaces({ data, back, palette }: Pick<Drawing, "data" | "back" | "palette">) {
  const groups = [...data.series, ...(back?.series ?? [])].map(({ key, mark }) => ({ key, values: mark ?? {} }));
  return placesOf([...new Map(groups.map((group) => [group.key, group])).values()], palette.series.length);
}

/** A group that is not there. */
const NO_SERIES: ExploreSeries = {
  key: "",
  label: "",
  mark: null,
  values: [],
  stats: { min: 0, max: 0, last: 0, average: 0, p95: 0, total: 0 },
};

type Points = [number, number | null][];

function points(data: ExploreData, values: readonly (number | null)[], sign: 1 | -1 = 1, least?: number): Points {
  const half = data.stepMs / 2;
  return data.times.map((time, bin) => {
    const there = values[bin] ?? null;
    // Zero has no place on a logarithmic axis: the line ends before it.
    const value = least !== undefined && there !== null && there < least ? null : there;
    return [time + half, value === null ? null : sign * value];
  });
}

/** Charts per group in a row of the grid. */
const perRow = (width: number): number => (width < 560 ? 1 : width < 900 ? 2 : 3);
const CELL_HEIGHT = 130;

/** Height of the canvas, pixels. */
export function drawingHeight(kind: ExploreKind, groups: number, width: number): number {
  if (kind === "grid") return Math.max(1, Math.ceil(groups / perRow(width))) * CELL_HEIGHT + 8;
  return kind === "sankey" ? 460 : width < 560 ? 240 : 340;
}

/** Groups over time as an ECharts option. Points are in the middle of their bins. */
export function exploreOption(drawing: Drawing) {
  const data = drawing.kind === "percent" ? inPercent(drawing.data) : drawing.data;
  return drawing.kind === "grid" ? gridOption(drawing, data) : chartOption(drawing, data);
}

function axes({ palette, text, log = false }: Drawing, data: ExploreData, least: number | undefined) {
  const from = data.times[0] ?? 0;
  const to = (data.times.at(-1) ?? 0) + data.stepMs;
  const label = { color: palette.muted, fontSize: 11, fontFamily: palette.font };
  const x = {
    type: "time" as const,
    min: from,
    max: to,
    axisLine: { lineStyle: { color: palette.line }, onZero: true },
    axisTick: { show: false },
    axisLabel: { ...label, hideOverlap: true, formatter: (ms: number) => axisTime(ms, to - from) },
    axisPointer: { lineStyle: { color: palette.muted, type: "solid" as const, width: 1 } },
    splitLine: { show: false },
  };
  const y = {
    ...(log ? { type: "log" as const, min: least } : { type: "value" as const }),
    splitNumber: 4,
    axisLabel: { ...label, formatter: (value: number) => text(Math.abs(value)) },
    splitLine: { lineStyle: { color: palette.grid } },
  };
  return { x, y };
}

function chartOption(drawing: Drawing, data: ExploreData) {
  const { kind, palette, back, before } = drawing;
  const least = logLeast(drawing, data);
  const { x, y } = axes(drawing, data, least);
  const places = drawingPlaces(drawing);
  const layers = (of: ExploreData, stack: string, sign: 1 | -1) =>
    Array.from({ length: Math.max(drawing.most, of.series.length) }, (_, index) =>
      series(of.series[index] ?? NO_SERIES, `${kind} ${stack} ${index}`, stack, sign),
    );
  const series = (one: ExploreSeries, id: string, stack: string, sign: 1 | -1) => {
    const colour = colourOf(palette, places, one.key);
    const isFaded = drawing.emphasis !== null && drawing.emphasis !== one.key;
    const common = {
      id,
      name: one.key,
      silent: true,
      color: colour,
      emphasis: { disabled: true },
    };
    const values = one === NO_SERIES ? [] : points(data, one.values, sign, least);
    if (kind === "bars") {
      return {
        ...common,
        type: "bar" as const,
        stack,
        barCategoryGap: "12%",
        itemStyle: { opacity: isFaded ? 0.25 : 1 },
        data: values,
      };
    }
    const isLine = kind === "lines";
    return {
      ...common,
      type: "line" as const,
      ...(isLine ? {} : { stack }),
      symbol: "none",
      showSymbol: false,
      // In the colour of the area, so that a thin layer is still visible.
      lineStyle: {
        width: isLine ? (drawing.emphasis === one.key ? 2.6 : 1.6) : 0.8,
        color: colour,
        opacity: isFaded ? 0.25 : 1,
      },
      ...(isLine ? {} : { areaStyle: { color: colour, opacity: isFaded ? 0.2 : 0.85 } }),
      data: values,
    };
  };
  const past = before && {
    id: "before",
    name: "before",
    type: "line" as const,
    silent: true,
    symbol: "none",
    color: palette.muted,
    lineStyle: { width: 1.6, type: "dashed" as const, color: palette.muted },
    emphasis: { disabled: true },
    data: points(data, before, 1, least),
  };
  return {
    animation: false,
    grid: [GRID],
    xAxis: [x],
    yAxis: [
      {
        ...y,
        ...(kind === "percent" ? { min: 0, max: 100, interval: 25 } : back || least !== undefined ? {} : { min: 0 }),
      },
    ],
    series: [
      // Carries the areas of what is not recorded; it is there also without any group.
      {
        id: "coverage",
        type: "line" as const,
        silent: true,
        data: [] as Points,
        markArea: coverageAreas(data, palette, drawing.width < 560 ? 0.35 : 1 / 8),
      },
      {
        id: "alerts",
        type: "line" as const,
        silent: true,
        data: [] as Points,
        markArea: alertAreas(drawing.alerts, x.max - x.min, palette, drawing.width < 560 ? 0.3 : 1 / 10),
      },
      ...layers(data, "up", 1),
      ...(back ? layers(back, "down", -1) : []),
      ...(past ? [past] : []),
      percentileLine(drawing, data, "up", 1),
      percentileLine(drawing, back, "down", -1),
      lossMarks(data, palette, drawing.width, least),
    ],
  };
}

const GRID = {
  left: 4,
  right: 12,
  top: 12,
  bottom: 4,
  outerBoundsMode: "same" as const,
  outerBoundsContain: "axisLabel" as const,
};

/** A small chart per group, all with one scale. */
function gridOption(drawing: Drawing, data: ExploreData) {
  const { palette, width } = drawing;
  const columns = perRow(width);
  const places = drawingPlaces(drawing);
  const cell = 100 / columns;
  const least = logLeast(drawing, data);
  const { x, y } = axes(drawing, data, least);
  const [from, lengthMs] = [x.min, x.max - x.min];
  // A label at an end would lie over the chart beside it, or be cut off.
  const isInside = (ms: number): boolean =>
    Math.abs((ms - from) / lengthMs - 0.5) < (width / columns < 380 ? 0.38 : 0.42);
  const axisLabel = { ...x.axisLabel, formatter: (ms: number) => (isInside(ms) ? axisTime(ms, lengthMs) : "") };
  const max = roundUp(Math.max(...data.series.map(({ stats }) => stats.max ?? 0), 1e-9));
  const place = (index: number) => ({
    left: `${(index % columns) * cell + 0.6}%`,
    width: `${cell - 1.6}%`,
    top: Math.floor(index / columns) * CELL_HEIGHT + 22,
    height: CELL_HEIGHT - 46,
  });
  return {
    animation: false,
    grid: data.series.map((_, index) => ({ ...place(index), outerBoundsMode: "none" as const })),
    title: data.series.map(({ label }, index) => ({
      text: label,
      left: place(index).left,
      top: place(index).top - 20,
      textStyle: {
        color: palette.muted,
        fontSize: 12,
        fontWeight: 500 as const,
        fontFamily: palette.font,
        width: width / columns - 20,
        overflow: "truncate" as const,
      },
    })),
    xAxis: data.series.map((_, gridIndex) => ({ ...x, axisLabel, gridIndex, splitNumber: 3 })),
    yAxis: data.series.map((_, gridIndex) => ({
      ...y,
      gridIndex,
      min: least ?? 0,
      max,
      // One label in the middle: the top is the place of the name.
      ...(least === undefined ? { interval: max / 2 } : { splitNumber: 2 }),
      axisLabel: {
        ...y.axisLabel,
        inside: true,
        margin: 2,
        verticalAlign: "bottom" as const,
        showMinLabel: false,
        showMaxLabel: false,
      },
    })),
    series: data.series.map((one, index) => ({
      id: `grid ${one.key}`,
      name: one.key,
      type: "line" as const,
      silent: true,
      xAxisIndex: index,
      yAxisIndex: index,
      symbol: "none",
      lineStyle: { width: 1.2, color: colourOf(palette, places, one.key) },
      areaStyle: { color: colourOf(palette, places, one.key), opacity: 0.35 },
      emphasis: { disabled: true },
      data: points(data, one.values, 1, least),
      markArea: coverageAreas(data, palette, 1),
    })),
  };
}

/**
 * Key of the group at a point of the chart: in a stack the one whose layer is there (`slack` above the top belongs to
 * it), among lines the nearest. Undefined where there is none.
 */
export function groupAt(
  { kind, data: of, back }: Drawing,
  timeMs: number,
  value: number,
  slack: number,
): string | undefined {
  const below = value < 0 && back;
  const data = below ? back : kind === "percent" ? inPercent(of) : of;
  const bin = Math.floor((timeMs - (data.times[0] ?? 0)) / data.stepMs);
  const height = Math.abs(value);
  if (kind === "lines") {
    let best: { key: string; off: number } | undefined;
    for (const { key, values } of data.series) {
      const off = Math.abs((values[bin] ?? Number.POSITIVE_INFINITY) - height);
      if (off <= 2 * slack && off < (best?.off ?? Number.POSITIVE_INFINITY)) best = { key, off };
    }
    return best?.key;
  }
  let top = 0;
  let highest: string | undefined;
  for (const { key, values } of data.series) {
    const layer = values[bin] ?? 0;
    if (layer <= 0) continue;
    top += layer;
    highest = key;
    if (height <= top) return key;
  }
  return height <= top + slack ? highest : undefined;
}
