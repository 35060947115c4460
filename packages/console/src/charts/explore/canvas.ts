import { BarChart, LineChart, SankeyChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

use([
  LineChart,
  BarChart,
  SankeyChart,
  GridComponent,
  TitleComponent,
  TooltipComponent,
  MarkAreaComponent,
  CanvasRenderer,
  SVGRenderer,
]);

/** A point of a chart over time: Unix milliseconds, the value at its height, the values of 4 pixels, and pixels. */
export interface ChartPoint {
  readonly timeMs: number;
  readonly value: number;
  readonly slack: number;
  readonly x: number;
  readonly y: number;
}

export interface CanvasEvents {
  readonly click: (point: ChartPoint) => void;
  readonly hover: (point: ChartPoint | null) => void;
  /** A range was drawn with the pointer, Unix milliseconds. */
  readonly brush: (fromMs: number, toMs: number) => void;
  /** The wheel was turned with Ctrl or as a pinch; `point` is where in the range, 0 to 1. */
  readonly wheel: (factor: number, point: number) => void;
  /** A mark of a Sankey diagram: its name, or the two names of a link. */
  readonly mark: (names: readonly string[], x: number, y: number) => void;
  /** Content of the pointer's box for a point in time. */
  readonly tooltip: (timeMs: number) => HTMLElement | "";
}

/** Pixels from which on a press and a release are a range. */
const BRUSH_FROM = 6;

/** A canvas in `element` that follows its size; a range can be drawn on it. */
export function exploreCanvas(element: HTMLElement, selection: HTMLElement, events: CanvasEvents) {
  const chart = init(element, null, { renderer: "canvas" });
  let isOverTime = false;
  let pressed: { x: number; timeMs: number; left: number } | null = null;
  const pointAt = (x: number, y: number): ChartPoint | null => {
    if (!isOverTime || !chart.containPixel({ gridIndex: 0 }, [x, y])) return null;
    const at = (pixel: number): number[] => chart.convertFromPixel({ gridIndex: 0 }, [x, pixel]);
    const [timeMs = 0, value = 0] = at(y);
    return { timeMs, value, slack: Math.abs((at(y - 4)[1] ?? value) - value), x, y };
  };
  const timeAt = (x: number): number => chart.convertFromPixel({ gridIndex: 0 }, [x, 20])[0] ?? 0;
  const surface = chart.getZr();
  // While a range is drawn the chart hears nothing: what it looks up at every move would hold up the drawing.
  const draw = (event: MouseEvent): void => {
    if (!pressed) return;
    event.stopImmediatePropagation();
    const x = event.clientX - pressed.left;
    selection.hidden = Math.abs(x - pressed.x) < BRUSH_FROM;
    selection.style.left = `${Math.min(x, pressed.x)}px`;
    selection.style.width = `${Math.abs(x - pressed.x)}px`;
  };
  surface.on("mousedown", ({ offsetX, offsetY }) => {
    if (!pointAt(offsetX, offsetY)) return;
    pressed = { x: offsetX, timeMs: timeAt(offsetX), left: element.getBoundingClientRect().left };
    chart.dispatchAction({ type: "hideTip" });
    addEventListener("mousemove", draw, { capture: true });
  });
  surface.on("mousemove", ({ offsetX, offsetY }) => {
    const point = pointAt(offsetX, offsetY);
    surface.setCursorStyle(point ? "crosshair" : "default");
    events.hover(point);
  });
  surface.on("globalout", () => events.hover(null));
  const release = (event: MouseEvent): void => {
    if (!pressed) return;
    const { x, timeMs } = pressed;
    pressed = null;
    removeEventListener("mousemove", draw, { capture: true });
    selection.hidden = true;
    const box = element.getBoundingClientRect();
    const to = { x: event.clientX - box.left, y: event.clientY - box.top };
    if (Math.abs(to.x - x) >= BRUSH_FROM) {
      const end = timeAt(to.x);
      events.brush(Math.min(timeMs, end), Math.max(timeMs, end));
      return;
    }
    const point = pointAt(to.x, to.y);
    if (point) events.click(point);
  };
  addEventListener("mouseup", release);
  const wheel = (event: WheelEvent): void => {
    if (!isOverTime || !(event.ctrlKey || event.metaKey) || event.deltaY === 0) return;
    event.preventDefault();
    const box = element.getBoundingClientRect();
    events.wheel(event.deltaY > 0 ? 1.5 : 1 / 1.5, Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  element.addEventListener("wheel", wheel, { passive: false });
  chart.on("click", (params) => {
    const { data, event } = params as unknown as {
      data?: { name?: string; source?: string; target?: string };
      event?: { offsetX?: number; offsetY?: number };
    };
    const names = [data?.source, data?.target, data?.name].filter((name): name is string => name !== undefined);
    if (names.length > 0) events.mark(names, event?.offsetX ?? 0, event?.offsetY ?? 0);
  });
  const resize = new ResizeObserver(() => chart.resize());
  resize.observe(element);
  return {
    /** Draws an option; `overTime` when its first axis is time. */
    draw(option: object, background: string, overTime: boolean): void {
      isOverTime = overTime;
      const tooltip = {
        trigger: overTime ? "axis" : "item",
        confine: true,
        transitionDuration: 0,
        className: "traffic-tooltip",
        backgroundColor: background,
        borderWidth: 0,
        padding: 0,
        ...(overTime ? { formatter: (params: unknown) => events.tooltip(axisValue(params)) } : {}),
      };
      chart.setOption({ tooltip, ...option }, { replaceMerge: ["series", "grid", "xAxis", "yAxis", "title"] });
    },
    /** The picture as a data address. */
    png: (background: string): string => chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: background }),
    /** The picture as SVG text. */
    svg(background: string): string {
      const [width, height] = [chart.getWidth(), chart.getHeight()];
      const drawn = init(null, null, { renderer: "svg", ssr: true, width, height });
      drawn.setOption({ ...(chart.getOption() as object), backgroundColor: background, animation: false });
      const text = drawn.renderToSVGString();
      drawn.dispose();
      return text;
    },
    dispose(): void {
      removeEventListener("mouseup", release);
      removeEventListener("mousemove", draw, { capture: true });
      element.removeEventListener("wheel", wheel);
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
