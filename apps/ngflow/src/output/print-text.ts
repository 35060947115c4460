import { terminalText } from "@ngflow/base";
import { columnsOf, fitLines } from "./fit-lines.ts";
import { localeText } from "./locale-text.ts";

type Output = Pick<NodeJS.WritableStream, "write"> & { readonly isTTY?: boolean; readonly columns?: number };

/** A message of a command is a sentence: a terminal breaks it at words. */
const MESSAGE = /^(?:ngflow|ngctl|nghook|flowctl)[ \w-]*: /;

/**
 * Prints a text for people. Names in it may come from others: control characters are shown, see `terminalText`. What
 * other programs read (JSON, CSV, packets) is written without this.
 */
export function printText(stream: Output, text: string): void {
  const safe = localeText(terminalText(text));
  stream.write(MESSAGE.test(safe) ? fitLines(safe, columnsOf(stream)) : safe);
}

/** Prints a text whose lines are sentences: on a terminal, those that are too long go on below, indented. */
export function printSentences(stream: Output, text: string, indent = 2): void {
  stream.write(fitLines(localeText(terminalText(text)), columnsOf(stream), indent));
}
