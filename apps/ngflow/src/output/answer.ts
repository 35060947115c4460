import { InvalidArgumentError, Option } from "commander";
import type { FileFormat } from "@ngflow/store";
import { OutputError } from "./errors.ts";
import { BINARY, formatCsv, formatNdjson, FORMATS, isBinary, type OutputFormat, type Row } from "./format.ts";
import type { NameOf } from "./known-names.ts";
import { formatTable } from "./table.ts";
import { fitTable } from "./fit-table.ts";

/** An answer to print. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Types of the columns as the database names them, of an answer of SQL. */
  readonly types?: readonly string[];
}

export interface AnswerOptions {
  readonly format?: OutputFormat;
  readonly json?: boolean;
}

export const answerOptions = {
  format: () =>
    new Option("--format <format>", `${FORMATS.join(", ")} (default table)`).argParser((text): OutputFormat => {
      const format = FORMATS.find((candidate) => candidate === text);
      if (!format) throw new InvalidArgumentError(`"${text}" is not one of ${FORMATS.join(", ")}`);
      return format;
    }),
  json: () => new Option("--json", "same as --format json"),
} as const;

/** The chosen format. @throws NgflowError (usage) when bytes would go to a terminal. */
export function chosenFormat(options: AnswerOptions): OutputFormat {
  const format = options.json ? "json" : (options.format ?? "table");
  if (isBinary(format) && process.stdout.isTTY) {
    throw new OutputError("parquet-terminal", `--format ${format}: binary data is not written to a terminal; redirect it to a file`);
  }
  return format;
}

/** How to print an answer, apart from its rows. */
export interface AnswerForms {
  /** What `json` prints. */
  readonly whole: object;
  /** Names next to the values of a table. */
  readonly nameOf?: NameOf | undefined;
  /** Makes a file of the answer. */
  file(format: FileFormat, answer: Answer): Promise<Uint8Array>;
}

/** An answer in a format, ready for standard output. */
export async function renderAnswer(
  format: OutputFormat,
  answer: Answer,
  { whole, nameOf, file }: AnswerForms,
): Promise<string | Uint8Array> {
  const { columns, rows } = answer;
  switch (format) {
    case "table":
      return process.stdout.isTTY
        ? fitTable(columns, rows, nameOf, process.stdout.columns > 0 ? process.stdout.columns : Infinity)
        : formatTable(columns, rows, { human: false, nameOf });
    case "json":
      return `${JSON.stringify(whole)}\n`;
    case "ndjson":
      return formatNdjson(rows);
    case "csv":
      return formatCsv(columns, rows);
    case "parquet":
    case "arrow":
      return file(BINARY[format], answer);
  }
}
