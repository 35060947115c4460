import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.ts";

/** A command block of a tutorial with the output that the page shows after it. */
export interface TutorialStep {
  readonly line: number;
  readonly script: string;
  /** `in the background`, `fails`, `on FreeBSD`: what a comment before the block says; else empty. */
  readonly how: string;
  /** Lines of the output, `…` for any text. */
  readonly shown: readonly string[];
}

/** The ```sh blocks of a page in order, each with the ```text block between it and the next. */
export function tutorialSteps(page: string): TutorialStep[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const steps: { line: number; script: string; how: string; shown: string[] }[] = [];
  for (const match of text.matchAll(/(?:<!-- run: ([^>]*?) -->\n\n)?```(sh|text)\n([\s\S]*?)```/g)) {
    const [, how = "", kind, content = ""] = match;
    const line = text.slice(0, match.index).split("\n").length;
    if (kind === "sh") steps.push({ line, script: content, how, shown: [] });
    else steps.at(-1)?.shown.push(...content.split("\n").filter((each) => each !== ""));
  }
  return steps;
}

/** Whether a line as a page shows it is among the lines of an output; blanks at the end do not count. */
export function isShown(shown: string, output: string): boolean {
  const pattern = shown
    .trimEnd()
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/ {2,}/g, " +"))
    .join(".*");
  return new RegExp(`^${pattern} *$`, "m").test(output);
}
