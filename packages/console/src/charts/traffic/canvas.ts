import type { TrafficLook } from "./render.ts";
import { AXIS_FONT, paint } from "./paint.ts";
import { type Scene, trafficScene } from "./scene.ts";
import type { TrafficSides } from "./series.ts";

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
  /** A range was drawn with the pointer, Unix milliseconds. */
  readonly brush: (fromMs: number, toMs: number) => void;
  /** Content of the pointer's box for a bin. */
  readonly tooltip: (bin: number) => HTMLElement | null;
}

/** Pixels from which on a press and a release are a range. */
const BRUSH_FROM = 6;
/** Distance of the pointer's box from the pointer, pixels. */
const BOX_OFF = 14;

/** The canvas of the traffic chart in `element`; `element` keeps its size, the canvas follows it. */
export function trafficCanvas(element: HTMLElement, events: TrafficCanvasEvents) {
  const add = <Tag extends "canvas" | "div">(tag: Tag, name = ""): HTMLElementTagNameMap[Tag] => {
    const made = document.createElement(tag);
    made.className = name;
    return element.appendChild(made);
  };
  const canvas = add("canvas");
  const [cursor, selection, box] = [add("div", "cursor"), add("div", "selection"), add("div", "traffic-tooltip")];
  cursor.hidden = selection.hidden = box.hidden = true;
  const context = canvas.getContext("2d");
  /** What is to be drawn: at once, or as soon as the element has a size. */
  let wanted: { readonly sides: TrafficSides; readonly look: TrafficLook } | null = null;
  let drawn: { readonly sides: TrafficSides; readonly look: TrafficLook; readonly scene: Scene } | null = null;
  /** Where the pointer is, or the bin that was chosen by keyboard. */
  let at: { readonly x: number; readonly y: number } | null = null;
  let pressed: number | null = null;

  const isInside = ({ plot }: Scene, x: number, y: number): boolean =>
    x >= plot.left && x <= plot.right && y >= plot.top && y <= plot.bottom;
  function pointAt(x: number, y: number): ChartPoint | null {
    if (!drawn || !isInside(drawn.scene, x, y)) return null;
    const value = drawn.scene.valueAt(y);
    return { timeMs: drawn.scene.timeAt(x), value, slack: Math.abs(drawn.scene.valueAt(y - 4) - value) };
  }
  function hide(): void {
    at = null;
    cursor.hidden = box.hidden = true;
  }

  /** The line through a bin, and the box beside the pointer. */
  function point(): void {
    if (!drawn || !at || pressed !== null) return void (cursor.hidden = box.hidden = true);
    const { scene, sides } = drawn;
    const { times, stepMs } = sides.up;
    const bin = Math.floor((scene.timeAt(at.x) - (times[0] ?? 0)) / stepMs);
    const content = bin >= 0 && bin < times.length && isInside(scene, at.x, at.y) ? events.tooltip(bin) : null;
    cursor.hidden = box.hidden = content === null;
    if (content === null) return;
    cursor.style.left = `${scene.xOf(bin)}px`;
    cursor.style.top = `${scene.plot.top}px`;
    cursor.style.height = `${scene.plot.bottom - scene.plot.top}px`;
    box.replaceChildren(content);
    const { offsetWidth: width, offsetHeight: height } = box;
    const isLeft = at.x + BOX_OFF + width > element.clientWidth;
    box.style.left = `${Math.max(0, isLeft ? at.x - BOX_OFF - width : at.x + BOX_OFF)}px`;
    box.style.top = `${Math.max(0, Math.min(at.y + BOX_OFF, element.clientHeight - height))}px`;
  }

  function redraw(): void {
    if (!wanted) return;
    const { sides, look } = wanted;
    const { clientWidth: width, clientHeight: height } = element;
    if (!context || width === 0 || height === 0) return;
    const ratio = devicePixelRatio || 1;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    // Setting a size clears, even if it is the same.
    if (canvas.width !== across) canvas.width = across;
    if (canvas.height !== down) canvas.height = down;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = AXIS_FONT(look.palette);
    const textWidth = (text: string): number => context.measureText(text).width;
    const scene = trafficScene(sides, look, { width, height, textWidth });
    paint(context, scene, look.palette);
    drawn = { sides, look, scene };
    point();
  }
  const resize = new ResizeObserver(redraw);
  resize.observe(element);

  const place = (event: PointerEvent): { x: number; y: number } => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const move = (event: PointerEvent): void => {
    at = place(event);
    if (pressed === null) {
      const under = pointAt(at.x, at.y);
      element.style.cursor = under ? (events.clickable(under) ? "pointer" : "crosshair") : "default";
    } else if (drawn) {
      const { left, right } = drawn.scene.plot;
      const x = Math.max(left, Math.min(right, at.x));
      selection.hidden = Math.abs(x - pressed) < BRUSH_FROM;
      selection.style.left = `${Math.min(x, pressed)}px`;
      selection.style.width = `${Math.abs(x - pressed)}px`;
    }
    point();
  };
  const press = (event: PointerEvent): void => {
    at = place(event);
    // A finger scrolls; it chooses by a tap.
    if (event.button === 0 && event.pointerType !== "touch" && pointAt(at.x, at.y)) {
      pressed = at.x;
      element.setPointerCapture(event.pointerId);
    }
    point();
  };
  const release = (event: PointerEvent): void => {
    const to = place(event);
    const from = pressed;
    pressed = null;
    selection.hidden = true;
    if (from !== null && drawn && Math.abs(to.x - from) >= BRUSH_FROM) {
      const { left, right } = drawn.scene.plot;
      const end = drawn.scene.timeAt(Math.max(left, Math.min(right, to.x)));
      const begin = drawn.scene.timeAt(from);
      events.brush(Math.min(begin, end), Math.max(begin, end));
      return;
    }
    const under = event.button === 0 ? pointAt(to.x, to.y) : null;
    if (under) events.click(under);
  };
  const cancel = (): void => {
    pressed = null;
    selection.hidden = true;
    hide();
  };
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerdown", press);
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", cancel);
  element.addEventListener("pointerleave", hide);
  return {
    draw(sides: TrafficSides, look: TrafficLook): void {
      wanted = { sides, look };
      redraw();
    },
    /** Shows the box of a bin, or none. */
    show(bin: number | null): void {
      if (bin === null || !drawn) return hide();
      const { plot } = drawn.scene;
      at = { x: drawn.scene.xOf(bin), y: plot.top + 1 };
      point();
    },
    dispose(): void {
      resize.disconnect();
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerdown", press);
      element.removeEventListener("pointerup", release);
      element.removeEventListener("pointercancel", cancel);
      element.removeEventListener("pointerleave", hide);
      element.replaceChildren();
    },
  };
}
