import { constants } from "node:os";
import type { SharedConfig } from "../../options/config-file.ts";
import type { DatabaseOptions } from "../../options/database-options.ts";
import { printText } from "../../output/print-text.ts";
import { progressLine } from "./progress-line.ts";

/** Options of a copy of a store. */
export interface CopyOptions extends SharedConfig, DatabaseOptions {
  readonly json?: boolean;
  /** File with the key of an anonymised copy, which goes into another data directory. */
  readonly anonymise?: string;
  readonly keepExporters?: boolean;
}

/** A line of progress; when the command is interrupted, it says how it goes on. */
export function interruptedLine(): ReturnType<typeof progressLine> {
  const line = progressLine();
  const interrupted = (signal: NodeJS.Signals): void => {
    line.end();
    printText(process.stderr, "ngflow: interrupted; the same command goes on with the copy\n");
    process.exit(128 + constants.signals[signal]);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  return line;
}
