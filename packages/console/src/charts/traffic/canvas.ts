import { LineChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { trafficOption } from "./render.ts";

use([LineChart, GridComponent, TooltipComponent, MarkAreaComponent, CanvasRenderer]);

/** A point of the chart: time in Unix milliseconds, height in the units of the metric, and the height of 4 pixels. */
export interface ChartPoint {
  readonly timeMs: number;
  readonly value: number;
  readonly slack: number;
}

export interface TrafficCanvasEvents {
  readonly click: (point: ChartPoint) => void;
  /** Whether a click at the point would do something. */
  readonly clickable: (point: ChartPoint) => boolean;
  /** Content of the pointer's box for a point in time. */
  readonly tooltip: (timeMs: number) => HTMLElement | "";
}

/** The canvas of the traffic chart in `element`; `element` keeps its size, the canvas follows it. */
export function trafficCanvas(element: HTMLElement, events: TrafficCanvasEvents) {
  const chart = init(element, null, { renderer: "canvas" });
  let drawn = false;
  const pointAt = (x: number, y: number): ChartPoint | null => {
    if (!drawn || !chart.containPixel({ gridIndex: 0 }, [x, y])) return null;
    const at = (pixel: number): number[] => chart.convertFromPixel({ gridIndex: 0 }, [x, pixel]);
    const [timeMs = 0, value = 0] = at(y);
    return { timeMs, value, slack: (at(y - 4)[1] ?? value) - value };
  };
  const surface = chart.getZr();
  surface.on("click", ({ offsetX, offsetY }) => {
    const point = pointAt(offsetX, offsetY);
    if (point) events.click(point);
  });
  surface.on("mousemove", ({ offsetX, offsetY }) => {
    const point = pointAt(offsetX, offsetY);
    surface.setCursorStyle(point && events.clickable(point) ? "pointer" : "default");
  });
  const resize = new ResizeObserver(() => chart.resize());
  resize.observe(element);
  return {
    draw(option: ReturnType<typeof trafficOption>, background: string): void {
      chart.setOption({
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
      });
      drawn = true;
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
