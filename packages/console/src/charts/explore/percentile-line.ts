import type { Drawing } from "./drawing.ts";
import { P95_KINDS } from "./options.ts";
import type { ExploreData } from "./series.ts";

/** The 95th percentile of the total as a line over the whole time; without points where it is not drawn. */
export function percentileLine(
  { p95 = false, kind, palette }: Pick<Drawing, "p95" | "kind" | "palette">,
  of: ExploreData | null,
  stack: string,
  sign: 1 | -1,
) {
  const value = p95 && P95_KINDS.has(kind) ? (of?.total.stats.p95 ?? null) : null;
  const from = of?.times[0] ?? 0;
  const to = (of?.times.at(-1) ?? 0) + (of?.stepMs ?? 0);
  return {
    id: `p95 ${stack}`,
    name: "p95",
    type: "line" as const,
    silent: true,
    symbol: "none",
    z: 5,
    color: palette.muted,
    lineStyle: { width: 1.8, type: [2, 3], color: palette.muted },
    emphasis: { disabled: true },
    data: value === null ? [] : [[from, sign * value] as [number, number], [to, sign * value] as [number, number]],
  };
}
