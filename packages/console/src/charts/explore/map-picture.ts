import { PALETTES } from "../../theme/palette.ts";
import { depthOf } from "./countries.ts";
import { DEPTHS, mixed, type Picture, type ThemeName } from "./picture.ts";
import { HEIGHT, WIDTH, WORLD } from "./world.ts";

/** The map of countries: values by code, and what the depths mean. */
export function mapPicture(values: ReadonlyMap<string, number>, theme: ThemeName, scale: string): Picture {
  const palette = PALETTES[theme];
  const most = Math.max(0, ...values.values());
  const shapes = WORLD.map(({ code, path }) => ({
    path,
    fill: mixed(DEPTHS[theme], depthOf(code === null ? 0 : (values.get(code) ?? 0), most)),
    stroke: palette.line,
  }));
  const texts = [{ x: WIDTH / 2, y: HEIGHT - 40, text: scale, fill: palette.muted, anchor: "middle" as const }];
  return { width: WIDTH, height: HEIGHT - 24, background: palette.surface, font: palette.font, shapes, texts };
}
