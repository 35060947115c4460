import { NgflowError } from "@ngflow/base";
import { InvalidArgumentError, Option } from "commander";
import { formatCsv, formatNdjson, FORMATS, type OutputFormat, type Row } from "./format.ts";
import { formatTable } from "./table.ts";
import { writeOut } from "./write.ts";

/** An answer to print. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

export interface AnswerOptions {
  readonly format?: OutputFormat;
  readonly json?: boolean;
}

export const answerOptions = {
  format: () =>
    new Option("--format <format>", `${FORMATS.join(", ")} (default table)`).argParser((text): OutputFormat => {
      const format = FORMATS.find((candidate) => candidate === text);
      if (!format) throw new InvalidArgumentError(`"${text}" is none of ${FORMATS.join(", ")}`);
      return format;
    }),
  json: () => new Option("--json", "the same as --format json"),
} as const;

/** The format asked for. @throws NgflowError (usage) when Parquet would go to a terminal. */
export function chosenFormat(options: AnswerOptions): OutputFormat {
  const format = options.json ? "json" : (options.format ?? "table");
  if (format === "parquet" && process.stdout.isTTY) {
    throw new NgflowError("parquet-terminal", "--format parquet: binary data is not written to a terminal; redirect it to a file", "usage");
  }
  return format;
}

/** Prints an answer: `whole` is what `json` prints, `tableColumns` what a table shows of the columns. */
export async function printAnswer(
  format: OutputFormat,
  answer: Answer,
  whole: object,
  tableColumns: readonly string[] = answer.columns,
): Promise<void> {
  const { columns, rows } = answer;
  switch (format) {
    case "table":
      await writeOut(formatTable(tableColumns, rows, { human: process.stdout.isTTY === true }));
      return;
    case "json":
      await writeOut(`${JSON.stringify(whole)}\n`);
      return;
    case "ndjson":
      await writeOut(formatNdjson(rows));
      return;
    case "csv":
      await writeOut(formatCsv(columns, rows));
      return;
    case "parquet": {
      const { rowsToParquet } = await import("@ngflow/store");
      await writeOut(await rowsToParquet(columns, rows));
    }
  }
}
