import { readFileSync } from "node:fs";
import { DEFAULT_SQL_ROWS, MAX_SQL_CHARACTERS, MAX_SQL_ROWS, type SqlResult } from "@ngflow/flows";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { type AnswerOptions, answerOptions, chosenFormat, renderAnswer } from "../../../output/answer.ts";
import type { OutputFormat } from "../../../output/format.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { VerbError } from "../errors.ts";
import { costOption, renderCost } from "../render-cost.ts";
import { enterDataDirectory, openStoredFlows } from "../stored-flows.ts";
import { untilSignal } from "../until-signal.ts";
import { watchAnswer } from "../watch-answer.ts";

interface Options extends AnswerOptions, SharedConfig {
  readonly config?: string;
  readonly limit: number;
  readonly cost?: boolean;
}

/** The statement: the words, or standard input for `-`. */
function statementOf(words: readonly string[]): string {
  const text = words.join(" ");
  if (text !== "-") return text;
  try {
    return readFileSync(0, "utf8");
  } catch (cause) {
    throw new VerbError("sql-file", "sql: standard input cannot be read; write the statement as an argument", {
      cause,
    });
  }
}

async function run(words: readonly string[], options: Options): Promise<void> {
  const format = chosenFormat(options);
  const directory = dataDirectory(options.data);
  // Root re-executes the program, which then reads standard input.
  await enterDataDirectory(directory);
  const sql = statementOf(words);
  if (sql.trim() === "") throw new VerbError("sql-empty", "sql: no statement; write a SELECT in quotes");
  if (sql.length > MAX_SQL_CHARACTERS)
    throw new VerbError("sql-long", `sql: longer than ${MAX_SQL_CHARACTERS} characters; write a shorter statement`);
  const spec = { sql, limit: options.limit };
  const stored = await openStoredFlows(directory);
  let output: string | Uint8Array;
  let more = false;
  try {
    if (options.cost) {
      const cost = await untilSignal((signal) => stored.sqlCost(spec, { signal }));
      output = await renderCost(format, cost, stored);
    } else {
      const answer = await untilSignal((signal) => watchAnswer((progress) => stored.sql(spec, { signal, progress })));
      output = await renderAnswer(format, shownIn(format, answer), { whole: answer, file: stored.file });
      ({ more } = answer);
    }
  } finally {
    await stored.close();
  }
  if (more) printText(process.stderr, `ngflow: ${moreText(options.limit)}\n`);
  await writeOut(output);
}

function moreText(limit: number): string {
  return limit < MAX_SQL_ROWS
    ? `there are more than ${limit} rows; --limit N shows more`
    : `there are more than ${limit} rows, the most that are printed; LIMIT 0,${limit} and so on are parts`;
}

/** In a table, nothing is called NULL: the tables of queries show the group of the rest there. */
function shownIn(format: OutputFormat, answer: SqlResult): SqlResult {
  if (format !== "table") return answer;
  const rows = answer.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? "NULL" : value])),
  );
  return { ...answer, rows };
}

function rowLimit(text: string): number {
  const rows = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (rows < 1 || rows > MAX_SQL_ROWS)
    throw new InvalidArgumentError(`"${text}" is not a whole number from 1 to ${MAX_SQL_ROWS}`);
  return rows;
}

export function define(command: Command): Command {
  return command
    .argument("<statement...>", "one SELECT, in quotes; - reads it from standard input")
    .addOption(
      new Option("--limit <n>", `most rows, up to ${MAX_SQL_ROWS}`).default(DEFAULT_SQL_ROWS).argParser(rowLimit),
    )
    .addOption(costOption())
    .addOption(answerOptions.format())
    .addOption(answerOptions.json())
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      "\nThe table flows has a row per flow. The statement can only read; it has 30 s,\nand 512 MiB to 1 GiB by the size of the machine." +
        "\n\nExamples:" +
        '\n  ngflow sql "SELECT Proto, sum(Bytes) AS b FROM flows GROUP BY Proto"' +
        "\n  ngflow sql --json - < question.sql" +
        "\n\nMore: docs/how-to/query.md#sql",
    )
    .action((words: string[], options: Options) => run(words, withConfig(options)));
}
