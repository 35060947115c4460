import { losses as t, lostText } from "../messages/losses.ts";
import type { Coverage } from "../state/coverage.ts";
import type { Palette } from "../theme/palette.ts";

interface Bins {
  readonly times: readonly number[];
  readonly stepMs: number;
  readonly coverage: Coverage;
}

/**
 * A mark under the time axis for every bin in which something is known to be missing, as a series of an ECharts option.
 * `zero` is the value at the bottom of the axis. It is there also without any mark: a pointer box does not survive a
 * series that is taken away under it.
 */
export function lossMarks({ times, stepMs, coverage }: Bins, palette: Palette, width: number, zero = 0) {
  const bins = [...coverage.losses.bins.keys()].sort((a, b) => a - b);
  return {
    id: "losses",
    name: "losses",
    type: "line" as const,
    silent: true,
    symbol: "rect",
    // About as wide as its bin.
    symbolSize: [Math.max(3, (width - 80) / Math.max(1, times.length)), 5],
    symbolOffset: [0, 5],
    showSymbol: true,
    showAllSymbol: true,
    // Half of a mark is outside of the axes.
    clip: false,
    z: 6,
    color: palette.lost,
    lineStyle: { width: 0, color: palette.lost },
    itemStyle: { color: palette.lost },
    emphasis: { disabled: true },
    data: bins.map((bin): [number, number | null] => [(times[bin] ?? 0) + stepMs / 2, zero]),
  };
}

/** Lines of the pointer's box about what is missing in a bin. */
export function lostLines({ losses }: Pick<Coverage, "losses">, bin: number): string[] {
  return (losses.bins.get(bin) ?? []).map((lost) => `${t.missingHere}: ${lostText(lost)}`);
}
