import { ngctlLines, shownCommand } from "../shell/ngctl-command.ts";
import type { Script } from "./script-line.ts";

/** A script's text as lines, without the byte order mark and without an empty last line. */
export function linesOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Reads lines as `ngctl -f` takes them: `#` in the first column begins a comment, nothing quotes. */
export function readLines(text: string): Script {
  const lines = linesOf(text).map((each, i) => ({ text: each, line: i + 1 }));
  const commands = Array.from(ngctlLines(lines), ({ words, line }) => ({
    line,
    text: shownCommand(words),
    words,
    kind: "ngctl" as const,
    session: 0,
    stopsAtFailure: true,
  }));
  return { style: "file", commands, ...NOTHING_NOTED };
}

/** A script that leaves no question open. */
export const NOTHING_NOTED = { ignored: [], assumed: [], unclear: [], notRun: [], ended: null } as const;
