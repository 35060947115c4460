import { colourOf } from "../../theme/colours.ts";
import { traffic as t } from "../../messages/traffic.ts";
import { namesText } from "../alert-bands.ts";
import { axisTime } from "../time-axis.ts";
import { timeTicks } from "../time-ticks.ts";
import { tickText } from "../units.ts";
import type { TrafficLook } from "./render.ts";
import type { TrafficData, TrafficSides } from "./series.ts";

/** The canvas that a scene is for, in pixels. */
export interface SceneSize {
  readonly width: number;
  readonly height: number;
  /** Width of a text of the axes. */
  readonly textWidth: (text: string) => number;
}

/** A part of an area without a gap: its outline above and beneath, points from left to right. */
export interface Piece {
  readonly x: readonly number[];
  readonly outer: readonly number[];
  readonly inner: readonly number[];
}

/** The area of a group on a side of the axis. */
export interface Layer {
  readonly key: string;
  readonly colour: string;
  readonly isFaded: boolean;
  readonly pieces: readonly Piece[];
}

/** A part of the time that has no traffic to show, or not all of it, or in which alerts fired. */
export interface Zone {
  readonly kind: "hatch" | "veil" | "alert";
  readonly left: number;
  readonly right: number;
  /** What it is; null where it is too narrow for the text. */
  readonly label: string | null;
}

/** Everything that the chart draws, in pixels. */
export interface Scene {
  readonly plot: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly zero: number;
  readonly layers: readonly Layer[];
  readonly zones: readonly Zone[];
  /** Bins in which something is known to be missing: their left and right. */
  readonly lost: readonly (readonly [left: number, right: number])[];
  readonly xTicks: readonly { readonly x: number; readonly text: string }[];
  readonly yTicks: readonly { readonly y: number; readonly text: string }[];
  /** What is at a pixel. */
  timeAt(x: number): number;
  valueAt(y: number): number;
  /** Middle of a bin. */
  xOf(bin: number): number;
}

const MARGIN = { right: 12, top: 12, bottom: 31, text: 8 } as const;
/** Room for a tick of the time axis, and steps of the value axis, about. */
const TICK_WIDTH = 80;
const VALUE_STEPS = 4;
/** The least width of a mark of what is missing. */
const LOST_WIDTH = 3;

/** A step of 1, 2 or 5 times a power of ten that is not smaller. */
function niceStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= least * (1 - 1e-9)) ?? 10 * power;
}

const highest = (data: TrafficData | null): number =>
  data === null
    ? 0
    : data.times.reduce(
        (most, _, bin) =>
          Math.max(
            most,
            data.series.reduce((sum, { values }) => sum + (values[bin] ?? 0), 0),
          ),
        0,
      );

/** The areas of both sides with their axes. Points are in the middle of their bins; what leaves is below the axis. */
export function trafficScene(sides: TrafficSides, look: TrafficLook, size: SceneSize): Scene {
  const { up, down } = sides;
  const { times, stepMs, coverage } = up;
  const from = times[0] ?? 0;
  const to = (times.at(-1) ?? 0) + stepMs;
  const [above, below] = [highest(up), highest(down)];
  const step = niceStep((above + below) / VALUE_STEPS);
  const top = Math.max(step, Math.ceil(above / step - 1e-9) * step);
  const bottom = -Math.ceil(below / step - 1e-9) * step;
  const values = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, i) => bottom + i * step);
  const valueTexts = values.map((value) => tickText(look.unit, Math.abs(value)));
  const plot = {
    left: Math.ceil(Math.max(...valueTexts.map(size.textWidth))) + MARGIN.text + 4,
    right: size.width - MARGIN.right,
    top: MARGIN.top,
    bottom: size.height - MARGIN.bottom,
  };
  const x = (ms: number): number => plot.left + ((ms - from) / (to - from)) * (plot.right - plot.left);
  const y = (value: number): number => plot.bottom - ((value - bottom) / (top - bottom)) * (plot.bottom - plot.top);
  const middle = (bin: number): number => x((times[bin] ?? from) + stepMs / 2);
  const binWidth = x(from + stepMs) - x(from);
  const layersOf = (data: TrafficData, sign: 1 | -1): Layer[] => {
    const sums = data.times.map(() => 0);
    return data.series.map(({ key, values: own }) => {
      const below_ = [...sums];
      for (const [bin, value] of own.entries()) sums[bin]! += value ?? 0;
      return {
        key,
        colour: colourOf(look.palette, look.places, key),
        isFaded: look.emphasis !== null && look.emphasis !== key,
        pieces: runsOf(own).map(([first, last]) => {
          const bins = Array.from({ length: last - first + 1 }, (_, i) => first + i);
          const outer = bins.map((bin) => y(sign * sums[bin]!));
          const inner = bins.map((bin) => y(sign * below_[bin]!));
          if (bins.length > 1) return { x: bins.map(middle), outer, inner };
          // One bin alone has no line to another: it is as wide as itself.
          const at = middle(first);
          return {
            x: [at - binWidth / 2, at + binWidth / 2],
            outer: [outer[0]!, outer[0]!],
            inner: [inner[0]!, inner[0]!],
          };
        }),
      };
    });
  };
  const zone = (kind: Zone["kind"], fromMs: number, toMs: number, text: string): Zone => {
    const [left, right] = [x(fromMs), x(toMs)];
    return { kind, left, right, label: right - left >= size.textWidth(text) + 24 ? text : null };
  };
  const zones = coverage.notRecorded.map(([first, last]) =>
    zone("hatch", times[first] ?? from, (times[last] ?? from) + stepMs, t.notRecorded),
  );
  if (coverage.unsettledFrom < to) zones.push(zone("veil", coverage.unsettledFrom, to, t.notSettled));
  for (const { fromMs, toMs, rules } of look.alerts) zones.push(zone("alert", fromMs, toMs, namesText(rules)));
  return {
    plot,
    zero: y(0),
    layers: [...layersOf(up, 1), ...(down ? layersOf(down, -1) : [])],
    zones,
    lost: [...coverage.losses.bins.keys()].map((bin) => {
      const half = Math.max(LOST_WIDTH, binWidth) / 2;
      return [middle(bin) - half, middle(bin) + half];
    }),
    xTicks: ticksThatFit(
      timeTicks(from, to, Math.floor((plot.right - plot.left) / TICK_WIDTH)).map((ms) => ({
        x: x(ms),
        text: axisTime(ms, to - from),
      })),
      size,
    ),
    yTicks: values.map((value, i) => ({ y: y(value), text: valueTexts[i]! })),
    timeAt: (pixel) => from + ((pixel - plot.left) / (plot.right - plot.left)) * (to - from),
    valueAt: (pixel) => bottom + ((plot.bottom - pixel) / (plot.bottom - plot.top)) * (top - bottom),
    xOf: middle,
  };
}

/** Runs of values without null: first and last index. */
function runsOf(values: readonly (number | null)[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const last = runs.at(-1);
    if (last?.[1] === i - 1) last[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}

/** Ticks whose text lies within the canvas and not over the one before. */
function ticksThatFit<Tick extends { x: number; text: string }>(ticks: readonly Tick[], size: SceneSize): Tick[] {
  let end = 0;
  return ticks.filter(({ x, text }) => {
    const half = size.textWidth(text) / 2;
    if (x - half < end || x + half > size.width) return false;
    end = x + half + 8;
    return true;
  });
}
