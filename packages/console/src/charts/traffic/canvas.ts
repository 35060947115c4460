import { LineChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { trafficOption } from "./render.ts";

use([LineChart, GridComponent, TooltipComponent, MarkAreaComponent, CanvasRenderer]);

export interface TrafficCanvasEvents {
  /** A click on an area, by key of its series. */
  readonly pick: (key: string) => void;
  /** Content of the pointer's box for a point in time. */
  readonly tooltip: (timeMs: number) => HTMLElement | "";
}

/** The canvas of the traffic chart in `element`; `element` keeps its size, the canvas follows it. */
export function trafficCanvas(element: HTMLElement, events: TrafficCanvasEvents) {
  const chart = init(element, null, { renderer: "canvas" });
  chart.on("click", (params) => {
    if (typeof params.seriesId === "string") events.pick(params.seriesId);
  });
  const resize = new ResizeObserver(() => chart.resize());
  resize.observe(element);
  return {
    draw(option: ReturnType<typeof trafficOption>, background: string): void {
      chart.setOption(
        {
          ...option,
          tooltip: {
            trigger: "axis",
            confine: true,
            transitionDuration: 0,
            className: "traffic-tooltip",
            backgroundColor: background,
            borderWidth: 0,
            padding: 0,
            formatter: (params: unknown) => events.tooltip(axisValue(params)),
          },
        },
        { replaceMerge: ["series"] },
      );
    },
    dispose(): void {
      resize.disconnect();
      chart.dispose();
    },
  };
}

/** Position on the time axis of ECharts' axis tooltip parameters. */
function axisValue(params: unknown): number {
  const first = (Array.isArray(params) ? params[0] : params) as { axisValue?: unknown } | undefined;
  return Number(first?.axisValue ?? Number.NaN);
}
