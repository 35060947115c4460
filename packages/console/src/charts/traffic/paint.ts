import type { Palette } from "../../theme/palette.ts";
import { BAND_OPACITY } from "../alert-bands.ts";
import { hatchTile } from "../time-axis.ts";
import type { Piece, Scene, Zone } from "./scene.ts";

export const AXIS_FONT = (palette: Palette): string => `11px ${palette.font}`;

/** Height of a mark of what is missing, and its distance from the plot. */
const LOST = { height: 5, below: 3 } as const;

/** Draws a scene over all of a canvas. */
export function paint(context: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const { plot } = scene;
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.font = AXIS_FONT(palette);
  context.lineWidth = 1;
  const across = (y: number, colour: string): void => {
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(plot.left, Math.round(y) + 0.5);
    context.lineTo(plot.right, Math.round(y) + 0.5);
    context.stroke();
  };
  for (const { y } of scene.yTicks) across(y, palette.grid);
  zones(context, scene, palette, "hatch");
  for (const { colour, isFaded, pieces } of scene.layers) {
    for (const piece of pieces) {
      context.fillStyle = context.strokeStyle = colour;
      context.globalAlpha = isFaded ? 0.2 : 0.85;
      outline(context, piece);
      context.fill();
      // In the colour of the area, so that a thin layer is still visible.
      context.globalAlpha = isFaded ? 0.25 : 1;
      context.lineWidth = 0.8;
      context.beginPath();
      for (const [i, x] of piece.x.entries()) context.lineTo(x, piece.outer[i]!);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  context.lineWidth = 1;
  zones(context, scene, palette, "alert");
  zones(context, scene, palette, "veil");
  across(scene.zero, palette.line);
  context.fillStyle = palette.lost;
  for (const [left, right] of scene.lost) context.fillRect(left, plot.bottom + LOST.below, right - left, LOST.height);
  context.fillStyle = palette.muted;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { y, text } of scene.yTicks) context.fillText(text, plot.left - 8, y);
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { x, text } of scene.xTicks) context.fillText(text, x, plot.bottom + 13);
}

function outline(context: CanvasRenderingContext2D, { x, outer, inner }: Piece): void {
  context.beginPath();
  for (const [i, at] of x.entries()) context.lineTo(at, outer[i]!);
  for (let i = x.length - 1; i >= 0; i--) context.lineTo(x[i]!, inner[i]!);
  context.closePath();
}

function zones(context: CanvasRenderingContext2D, scene: Scene, palette: Palette, kind: Zone["kind"]): void {
  const { plot } = scene;
  const isAlert = kind === "alert";
  const tile = kind === "hatch" ? hatchTile(palette) : null;
  const plain = { hatch: palette.hatch, veil: palette.veil, alert: palette.lost }[kind];
  // Names of alerts are below, where no other label is.
  const labelAt = isAlert ? plot.bottom - 21 : plot.top + 3;
  for (const { left, right, label } of scene.zones.filter((zone) => zone.kind === kind)) {
    context.fillStyle = (tile && context.createPattern(tile, "repeat")) ?? plain;
    context.globalAlpha = isAlert ? BAND_OPACITY : 1;
    context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
    context.globalAlpha = 1;
    if (label === null) continue;
    const width = context.measureText(label).width + 10;
    const middle = (left + right) / 2;
    context.fillStyle = palette.surface;
    context.beginPath();
    context.roundRect(middle - width / 2, labelAt, width, 17, 4);
    context.fill();
    context.fillStyle = isAlert ? palette.lost : palette.muted;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(label, middle, labelAt + 9);
  }
}
