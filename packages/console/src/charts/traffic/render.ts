import type { Metric } from "@ngflow/server/client";
import { compact, metricValue } from "../../format/number.ts";
import { rangeText } from "../../format/time.ts";
import type { Palette } from "../../theme/palette.ts";
import { colourOf } from "../../theme/colours.ts";
import { axisTime, coverageAreas } from "../time-axis.ts";
import { traffic as t } from "../../messages/traffic.ts";
import { trafficChart } from "./chart.ts";
import type { TrafficData } from "./series.ts";

export interface TrafficLook {
  readonly metric: Metric;
  readonly palette: Palette;
  /** Place in the palette of each series key. */
  readonly places: ReadonlyMap<string, number>;
  /** Series drawn strongly while the others fade; null for all alike. */
  readonly emphasis: string | null;
}

/**
 * Areas an option always has, empty ones included: ECharts' pointer box does not survive a series that is taken away
 * under it.
 */
const PLACES = trafficChart.options.top + 1;

/** The areas as an ECharts option. Points are in the middle of their bins. */
export function trafficOption(data: TrafficData, look: TrafficLook) {
  const { palette, metric } = look;
  const half = data.stepMs / 2;
  const start = data.times[0] ?? 0;
  const end = (data.times.at(-1) ?? 0) + data.stepMs;
  const axisText = { color: palette.muted, fontSize: 11, fontFamily: palette.font };
  return {
    animation: false,
    grid: {
      left: 4,
      right: 12,
      top: 12,
      bottom: 4,
      outerBoundsMode: "same" as const,
      outerBoundsContain: "axisLabel" as const,
    },
    xAxis: {
      type: "time" as const,
      min: start,
      max: end,
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: { ...axisText, hideOverlap: true, formatter: (ms: number) => axisTime(ms, end - start) },
      axisPointer: { lineStyle: { color: palette.muted, type: "solid" as const, width: 1 } },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value" as const,
      min: 0,
      splitNumber: 4,
      axisLabel: { ...axisText, formatter: (v: number) => (metric === "flows" ? compact(v) : metricValue(metric, v)) },
      splitLine: { lineStyle: { color: palette.grid } },
    },
    series: Array.from({ length: Math.max(PLACES, data.series.length) }, (_, index) => {
      const series = data.series[index];
      const colour = series ? colourOf(palette, look.places, series.key) : "transparent";
      const faded = series !== undefined && look.emphasis !== null && look.emphasis !== series.key;
      return {
        id: String(index),
        name: series?.key ?? "",
        type: "line" as const,
        stack: "traffic",
        silent: true,
        symbol: "none",
        showSymbol: false,
        color: colour,
        // In the colour of the area, so that a thin layer is still visible.
        lineStyle: { width: series ? 0.8 : 0, color: colour, opacity: faded ? 0.25 : 1 },
        areaStyle: { color: colour, opacity: faded ? 0.2 : 0.85 },
        emphasis: { disabled: true },
        data: series ? data.times.map((time, i) => [time + half, series.values[i] ?? null]) : [],
        ...(index === 0 ? { markArea: coverageAreas(data, palette) } : {}),
      };
    }),
  };
}

/** Lines of the pointer's box: the bin, the total, and each series with a value there, top of the stack first. */
export function tooltipLines(data: TrafficData, look: TrafficLook, bin: number) {
  const time = data.times[bin] ?? 0;
  const rows = data.series
    .map((series) => ({
      label: series.label,
      colour: colourOf(look.palette, look.places, series.key),
      value: series.values[bin] ?? null,
    }))
    .filter((row): row is typeof row & { value: number } => row.value !== null && row.value > 0);
  const total = rows.reduce((sum, { value }) => sum + value, 0);
  return {
    title: rangeText(time, time + data.stepMs),
    total: nothing(data, bin) ? t.nothingRecorded : metricValue(look.metric, total),
    rows: rows.map(({ label, colour, value }) => ({ label, colour, text: metricValue(look.metric, value) })),
  };
}

function nothing({ coverage }: TrafficData, bin: number): boolean {
  return coverage.notRecorded.some(([first, last]) => bin >= first && bin <= last);
}
