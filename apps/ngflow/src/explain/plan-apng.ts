import { drawSvg, type Scene, type Theme } from "@ngflow/plan";
import { Resvg } from "@resvg/resvg-js";
import UPNG from "upng-js";
import type { Drawings } from "./drawings.ts";
import { ScriptError } from "./errors.ts";
import { pictureFonts } from "./picture-fonts.ts";

/** How long a frame is shown: longer for more text, and at the end. */
const FRAME_MS = 2200;
const LAST_FRAME_MS = 4500;
/** Most pixels of all frames together; the encoder keeps them all in memory. */
const MAX_PIXELS = 120_000_000;

/**
 * An animated PNG, one frame per scene, repeated forever.
 * @throws NgflowError when the frames would not fit in memory.
 */
export function planApng({ scenes, frame }: Drawings, theme: "light" | "dark"): Uint8Array {
  if (scenes.length * frame.width * frame.height > MAX_PIXELS) {
    throw new ScriptError(
      "plan-too-large",
      `${scenes.length} frames of ${frame.width}x${frame.height} pixels are too many for an animation; use --format html or svg`,
    );
  }
  const frames = scenes.map((scene) => pixels(scene, frame, theme));
  const { width, height } = frames[0]!;
  const delays = frames.map((_, i) => (i === frames.length - 1 ? LAST_FRAME_MS : FRAME_MS));
  // 0 colours: lossless.
  return new Uint8Array(
    UPNG.encode(
      frames.map((each) => each.pixels),
      width,
      height,
      0,
      delays,
    ),
  );
}

function pixels(
  scene: Scene,
  frame: Drawings["frame"],
  theme: Theme,
): { width: number; height: number; pixels: ArrayBuffer } {
  const image = new Resvg(drawSvg(scene, frame, theme), {
    font: { fontFiles: pictureFonts(), loadSystemFonts: false, defaultFontFamily: "M PLUS 1p" },
  }).render();
  return { width: image.width, height: image.height, pixels: Uint8Array.from(image.pixels).buffer };
}
