import { PALETTES } from "../../theme/palette.ts";
import type { HeatmapData } from "./heatmap.ts";

/** A drawing without a canvas of its own: paths and texts in pixels, the first ones beneath the others. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly font: string;
  readonly shapes: readonly { readonly path: string; readonly fill: string; readonly stroke?: string }[];
  readonly texts: readonly {
    readonly x: number;
    readonly y: number;
    readonly text: string;
    readonly fill: string;
    readonly anchor?: "middle" | "end";
  }[];
}

export type ThemeName = keyof typeof PALETTES;
/** From no traffic to the most, as the style sheet has it. */
export const DEPTHS: Readonly<Record<ThemeName, readonly [least: string, most: string]>> = {
  light: ["#f1f3f7", "#1f66b0"],
  dark: ["#1d242d", "#6cb0f2"],
};
const FONT_SIZE = 12;

/** A colour between two, `share` from 0 to 1. */
export function mixed([from, to]: readonly [string, string], share: number): string {
  const part = (at: number): string => {
    const [a, b] = [from, to].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number];
    return Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(1)}${part(3)}${part(5)}`;
}

/** Hours of the week: a row a day. What is not recorded has an outline only. */
export function heatmapPicture(
  { rows, most }: HeatmapData,
  weekdays: readonly string[],
  theme: ThemeName,
  scale: string,
): Picture {
  const palette = PALETTES[theme];
  const cell = { width: 38, height: 32, gap: 2, left: 52, top: 28 };
  const x = (hour: number): number => cell.left + hour * (cell.width + cell.gap);
  const y = (day: number): number => cell.top + day * (cell.height + cell.gap);
  const shapes = rows.flatMap((row, day) =>
    row.map(({ value }, hour) => ({
      path: `M${x(hour)} ${y(day)}h${cell.width}v${cell.height}h${-cell.width}z`,
      ...(value === null
        ? { fill: palette.surface, stroke: palette.grid }
        : { fill: mixed(DEPTHS[theme], most === 0 ? 0 : value / most) }),
    })),
  );
  const text = (at: number, top: number, of: string, anchor?: "middle" | "end") => ({
    x: at,
    y: top,
    text: of,
    fill: palette.muted,
    ...(anchor ? { anchor } : {}),
  });
  const [width, height] = [x(24) + 12, y(rows.length) + 30];
  const texts = [
    ...Array.from({ length: 24 }, (_, hour) => text(x(hour) + cell.width / 2, cell.top - 10, String(hour), "middle")),
    ...weekdays.map((name, day) => text(12, y(day) + cell.height / 2 + 4, name)),
    text(width - 14, height - 12, scale, "end"),
  ];
  return { width, height, background: palette.surface, font: palette.font, shapes, texts };
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

/** The picture as SVG text. */
export function svgOf({ width, height, background, font, shapes, texts }: Picture): string {
  const paths = shapes.map(
    ({ path, fill, stroke }) =>
      `<path d="${path}" fill="${fill}"${stroke === undefined ? "" : ` stroke="${stroke}" stroke-width="0.6"`}/>`,
  );
  const lines = texts.map(
    ({ x, y, text, fill, anchor }) =>
      `<text x="${x}" y="${y}" fill="${fill}"${anchor === undefined ? "" : ` text-anchor="${anchor}"`}>${escaped(text)}</text>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"` +
    ` font-family="${escaped(font)}" font-size="${FONT_SIZE}"><rect width="100%" height="100%" fill="${background}"/>` +
    `${paths.join("")}${lines.join("")}</svg>`
  );
}

/** The picture as a PNG of twice its size, as a data address. */
export function pngOf({ width, height, background, font, shapes, texts }: Picture): string {
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
  const context = canvas.getContext("2d");
  if (!context) return "";
  context.scale(2, 2);
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  context.lineWidth = 0.6;
  for (const { path, fill, stroke } of shapes) {
    const shape = new Path2D(path);
    context.fillStyle = fill;
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a canvas, not an array
    context.fill(shape);
    if (stroke === undefined) continue;
    context.strokeStyle = stroke;
    context.stroke(shape);
  }
  context.font = `${FONT_SIZE}px ${font}`;
  for (const { x, y, text, fill, anchor } of texts) {
    context.fillStyle = fill;
    context.textAlign = anchor === "middle" ? "center" : anchor === "end" ? "right" : "left";
    context.fillText(text, x, y);
  }
  return canvas.toDataURL("image/png");
}
