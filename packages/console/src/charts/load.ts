import type { Component } from "svelte";
import type { ChartKind } from "./index.ts";

/** The properties that a view passes to a chart. A chart may ignore them. */
export interface ChartProps {
  /** The chart is the only one on its page, and may be as high as the page. */
  readonly alone: boolean;
}

interface ChartModule {
  readonly default: Component<ChartProps>;
}

const COMPONENTS = import.meta.glob<ChartModule>("./*/Chart.svelte");

/** The component of a chart, `<kind>/Chart.svelte`, loaded once and only when a view shows it. */
export function loadChart(kind: ChartKind): Promise<ChartModule> {
  return COMPONENTS[`./${kind}/Chart.svelte`]!();
}
