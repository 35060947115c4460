import { columnsOf } from "../output/fit-lines.ts";
import { printText } from "../output/print-text.ts";

/** Output of a command: standard output and standard error, or strings in a test. */
export interface Printer {
  out(text: string): void;
  err(text: string): void;
  /** Columns of the terminal; absent where the output is not one. */
  readonly columns?: number | undefined;
}

export const terminal: Printer = {
  out: (text) => printText(process.stdout, text),
  err: (text) => printText(process.stderr, text),
  columns: columnsOf(process.stdout),
};
