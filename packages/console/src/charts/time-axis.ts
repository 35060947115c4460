import { clock, date, dateParts } from "../format/time.ts";
import { traffic as t } from "../messages/traffic.ts";
import type { Coverage } from "../state/coverage.ts";
import type { Palette } from "../theme/palette.ts";

const DAY_MS = 86_400_000;

/** Tick text: seconds below ten minutes, the date at midnight and alone from a month on. */
export function axisTime(ms: number, lengthMs: number): string {
  const { hour, minute, second } = dateParts(ms);
  const isMidnight = hour === 0 && minute === 0 && second === 0;
  if (lengthMs > 300 * DAY_MS) return date(ms).slice(0, 7);
  if (lengthMs > 20 * DAY_MS || isMidnight) return date(ms).slice(5);
  const text = clock(ms);
  return lengthMs <= 600_000 ? text : text.slice(0, 5);
}

/** A tile of lines at 45 degrees, a pattern that no series has; null where nothing can be drawn. */
export function hatchTile(palette: Palette): HTMLCanvasElement | null {
  if (typeof document === "undefined") return null;
  const size = 8;
  const image = document.createElement("canvas");
  image.width = size;
  image.height = size;
  const context = image.getContext("2d");
  if (!context) return null;
  context.strokeStyle = palette.hatch;
  context.lineWidth = 1;
  context.beginPath();
  for (const offset of [-size, 0, size]) {
    context.moveTo(offset, size);
    context.lineTo(offset + size, 0);
  }
  context.stroke();
  return image;
}

function hatch(palette: Palette) {
  const image = hatchTile(palette);
  return image ? { image, repeat: "repeat" as const } : palette.hatch;
}

interface Bins {
  readonly times: readonly number[];
  readonly stepMs: number;
  readonly coverage: Coverage;
}

/**
 * Areas over the time that is not recorded, and over that which is not settled, each with its name where it has
 * `share` of the width or more.
 */
export function coverageAreas({ times, stepMs, coverage }: Bins, palette: Palette, share = 1 / 8) {
  const end = (times.at(-1) ?? 0) + stepMs;
  const length = end - (times[0] ?? 0);
  const label = (width: number) => ({
    show: width > length * share,
    position: "insideTop" as const,
    color: palette.muted,
    fontFamily: palette.font,
    fontSize: 11,
    padding: [2, 5],
    borderRadius: 4,
    backgroundColor: palette.surface,
  });
  const areas = coverage.notRecorded.map(([first, last]) => {
    const from = times[first] ?? 0;
    const to = (times[last] ?? 0) + stepMs;
    const style = { itemStyle: { color: hatch(palette) }, label: label(to - from) };
    return [{ name: t.notRecorded, xAxis: from, ...style }, { xAxis: to }];
  });
  if (coverage.unsettledFrom < end) {
    const style = { itemStyle: { color: palette.veil }, label: label(end - coverage.unsettledFrom) };
    areas.push([{ name: t.notSettled, xAxis: coverage.unsettledFrom, ...style }, { xAxis: end }]);
  }
  return { silent: true, data: areas as { name?: string; xAxis: number }[][] };
}
