import { printText } from "./print-text.ts";

/** Says on a terminal that a command works until Ctrl-C, as it may print nothing for long. @param what it does */
export function noteWaiting(what: string): void {
  if (process.stderr.isTTY) printText(process.stderr, `ngflow: ${what}; Ctrl-C ends it\n`);
}
