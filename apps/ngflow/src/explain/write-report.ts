import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawSvg, type Plan, type Theme } from "@ngflow/plan";
import { OutputError } from "../output/errors.ts";

/** Writes a report to a file. @throws NgflowError cannotCreate. */
export function writeFileOutput(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    const { message } = cause as Error;
    throw new OutputError("output-unwritable", `--output ${file}: cannot write: ${message}`, { cause });
  }
}

/**
 * Writes `step-00.svg` (before the first step), `step-01.svg` and so on into a directory, made if absent.
 * @throws NgflowError
 */
export async function writePictures(plan: Plan, directory: string, theme: Theme): Promise<void> {
  const { drawPlan } = await import("./drawings.ts");
  const { scenes, frame } = await drawPlan(plan);
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    const { message } = cause as Error;
    throw new OutputError("output-unwritable", `--output ${directory}: ${message}`, { cause });
  }
  const digits = Math.max(2, String(scenes.length - 1).length);
  for (const [i, scene] of scenes.entries()) {
    const name = i > plan.steps.length ? "end.svg" : `step-${String(i).padStart(digits, "0")}.svg`;
    writeFileOutput(join(directory, name), drawSvg(scene, frame, theme));
  }
}
