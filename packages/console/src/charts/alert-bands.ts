import { alertBands as t } from "../messages/alert-bands.ts";
import type { Palette } from "../theme/palette.ts";

/** An alert that fired, as `/alerts/history` has it; times are Unix milliseconds. */
export interface FiredAlert {
  readonly rule: string;
  /** Start of its first window. */
  readonly sinceMs: number;
  /** When it was over; null while it fires. */
  readonly resolvedMs: number | null;
}

/** A part of the time in which the same rules fired. */
export interface AlertBand {
  readonly fromMs: number;
  readonly toMs: number;
  /** Names of the rules, in order. */
  readonly rules: readonly string[];
}

/** Most bands of a chart: more of them show nothing. */
const MOST_BANDS = 200;
/** Names that a label has. */
const MOST_NAMES = 3;
/** How dark a band is. */
export const BAND_OPACITY = 0.13;

/** Bands of a chart from one time to another, which do not overlap: times at which one rule more or less fires. */
export function bandsOf(alerts: readonly FiredAlert[], fromMs: number, toMs: number): AlertBand[] {
  const shown = alerts
    .map(({ rule, sinceMs, resolvedMs }) => ({
      rule,
      from: Math.max(fromMs, sinceMs),
      to: Math.min(toMs, resolvedMs ?? toMs),
    }))
    .filter(({ from, to }) => from < to);
  const edges = [...new Set(shown.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const bands: AlertBand[] = [];
  for (const [i, from] of edges.slice(0, -1).entries()) {
    const rules = [...new Set(shown.filter((alert) => alert.from <= from && from < alert.to).map(({ rule }) => rule))];
    if (rules.length === 0) continue;
    rules.sort();
    const last = bands.at(-1);
    const isSame = last?.toMs === from && last.rules.join() === rules.join();
    if (isSame) bands[bands.length - 1] = { ...last, toMs: edges[i + 1]! };
    else bands.push({ fromMs: from, toMs: edges[i + 1]!, rules });
  }
  return bands.slice(-MOST_BANDS);
}

/** The names of rules in a text. */
export function namesText(rules: readonly string[]): string {
  const names = rules.slice(0, MOST_NAMES).join(", ");
  return rules.length > MOST_NAMES ? t.more(names, rules.length - MOST_NAMES) : names;
}

/** Line of the pointer's box about the alerts of a part of the time; null for none. */
export function alertLine(bands: readonly AlertBand[], fromMs: number, toMs: number): string | null {
  const rules = bands.filter((band) => band.fromMs < toMs && fromMs < band.toMs).flatMap((band) => band.rules);
  return rules.length === 0 ? null : t.alert(namesText([...new Set(rules)].sort()));
}

/** Bands as areas of an ECharts option, each with its names where it has `share` of the width or more. */
export function alertAreas(bands: readonly AlertBand[], lengthMs: number, palette: Palette, share: number) {
  const data = bands.map(({ fromMs, toMs, rules }) => [
    {
      name: namesText(rules),
      xAxis: fromMs,
      itemStyle: { color: palette.lost, opacity: BAND_OPACITY },
      label: {
        show: toMs - fromMs > lengthMs * share,
        position: "insideBottom" as const,
        color: palette.lost,
        fontFamily: palette.font,
        fontSize: 11,
        padding: [2, 5],
        borderRadius: 4,
        backgroundColor: palette.surface,
      },
    },
    { xAxis: toMs },
  ]);
  // Over the groups, whose areas would hide the names.
  return { silent: true, z: 5, data: data as { name?: string; xAxis: number }[][] };
}
