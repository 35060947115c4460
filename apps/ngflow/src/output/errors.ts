import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of the output of commands. */
export const OUTPUT_ERRORS = {
  "output-unwritable": { exit: "cannotCreate", meaning: "A file or directory named with `--output` cannot be written." },
  "parquet-terminal": { exit: "usage", meaning: "Parquet and Arrow are binary and are not written to a terminal. Redirect them to a file." },
  stdout: { exit: "cannotCreate", meaning: "Standard output cannot be written." },
} as const satisfies ErrorTable;

export class OutputError extends errorClass(OUTPUT_ERRORS) {}
