import { setTimeout } from "node:timers/promises";
import { type Command, Option } from "commander";
import { COLUMNS, type FlowsSpec, NAMED, parseFlows } from "@ngflow/flows";
import { withConfig } from "../../../options/config-file.ts";
import { elementsOption, useElements } from "../../../options/elements-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { type AnswerOptions, answerOptions, chosenFormat, renderAnswer } from "../../../output/answer.ts";
import { csvLine, formatNdjson, isBinary, type OutputFormat, type Row } from "../../../output/format.ts";
import { writeOut } from "../../../output/write.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { VerbError } from "../errors.ts";
import { readFilterFiles } from "../filter-files.ts";
import { FLOW_COLUMNS, flowTables } from "../flow-table.ts";
import { createFlowTail } from "../flow-tail.ts";
import { inZone, rowsInZone } from "../in-zone.ts";
import { hintIncomplete } from "../hint-incomplete.ts";
import { hintEmpty, queryOptions, type WordOptions } from "../query-options.ts";
import { type PrivacyOptions, privacyOf, privacyOptions } from "../privacy-options.ts";
import { costOption, renderCost } from "../render-cost.ts";
import { type NamesOptions, namesOfTable, namesOptions } from "../names-option.ts";
import { openStoredFlows, type StoredFlows } from "../stored-flows.ts";
import { untilSignal } from "../until-signal.ts";
import { watchAnswer } from "../watch-answer.ts";
import { printText } from "../../../output/print-text.ts";

interface Options extends AnswerOptions, WordOptions, PrivacyOptions, NamesOptions {
  readonly data?: string;
  readonly config?: string;
  readonly elements?: string;
  readonly follow?: boolean;
  readonly cost?: boolean;
  readonly wide?: boolean;
}

const FOLLOW_POLL_MS = 500;
/** Rows shown when following starts. */
const FOLLOW_FIRST = "10";

/** The flows that the command line asks for. @throws QueryWordError, FilterError */
export function flowsSpec(words: readonly string[], options: WordOptions & { follow?: boolean }, nowMs: number) {
  const limit = options.limit ?? (options.follow ? FOLLOW_FIRST : undefined);
  const { filter, sets } = readFilterFiles(words);
  return parseFlows({ ...options, limit, filter }, nowMs, "option", sets);
}

async function runFlows(words: readonly string[], options: Options): Promise<void> {
  const format = chosenFormat(options);
  const spec = flowsSpec(words, options, Date.now());
  useElements(options.elements);
  if (options.follow) return follow(format, spec, options);
  let output: string | Uint8Array;
  const { reads, shown } = await privacyOf(options);
  const stored = shown(await openStoredFlows(dataDirectory(options.data), { reads }));
  try {
    output = options.cost
      ? await renderCost(
          format,
          await untilSignal(async (signal) => stored.reader.flowsCost?.(spec, { signal })),
          stored,
        )
      : await answerTo(stored, spec, format, options);
  } finally {
    // Closed before anything is written: a slow reader of the output must not keep the store open.
    await stored.close();
  }
  await writeOut(output);
}

/** The answer, and on standard error what is to be said of it. */
async function answerTo(
  stored: StoredFlows,
  spec: FlowsSpec,
  format: OutputFormat,
  options: Options,
): Promise<string | Uint8Array> {
  const { reader, file } = stored;
  const cost = reader.flowsCost && (() => reader.flowsCost!(spec));
  const answer = await untilSignal((signal) =>
    watchAnswer((progress) => reader.flows(spec, { signal, progress }), cost),
  );
  const result = inZone(answer, options.zone);
  if (result.rows.length === 0) hintEmpty(format, options);
  if (format === "table") hintIncomplete(result);
  if (format === "table") return tablePrinter(options, stored)(result.rows);
  return renderAnswer(format, result, { whole: result, file });
}

/** Makes tables of flows. They fit a terminal; the first that lacks columns says so on standard error. */
function tablePrinter(options: Options, stored: StoredFlows): (rows: readonly Row[]) => Promise<string> {
  const { wide = false } = options;
  const { isTTY: human = false, columns: width } = process.stdout;
  const tables = flowTables(wide || !human ? { human, wide } : { human, width });
  let told = false;
  return async (rows) => {
    const nameOf = await namesOfTable(options, stored, { columns: FLOW_COLUMNS, rows });
    const { text, omitted } = tables(rows, nameOf);
    if (omitted.length > 0 && !told) {
      told = true;
      const list = new Intl.ListFormat("en-GB").format(omitted);
      printText(process.stderr, `(without ${list}, to fit the terminal; --wide shows all)\n`);
    }
    return text;
  };
}

/** Prints flows as they arrive, until a signal or until the reader is gone. */
async function follow(format: OutputFormat, spec: ReturnType<typeof flowsSpec>, options: Options): Promise<void> {
  if (format === "json" || isBinary(format)) {
    throw new VerbError("follow-format", `--follow: ${format} cannot be written row by row; use ndjson, csv or table`);
  }
  if (options.from !== undefined || options.to !== undefined || options.last !== undefined) {
    throw new VerbError(
      "follow-range",
      "--follow: cannot be combined with --from, --to or --last; it starts with the newest flows",
    );
  }
  if (options.sort !== undefined)
    throw new VerbError("follow-sort", "--follow: cannot be combined with --sort; flows are shown as they arrive");
  if (spec.duplicates === "once" || spec.duplicates === "only") {
    throw new VerbError(
      "follow-duplicates",
      `--follow: cannot be combined with --duplicates ${spec.duplicates}; another exporter may send the flow later`,
    );
  }
  const { reads, shown } = await privacyOf(options);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const stored = shown(await openStoredFlows(dataDirectory(options.data), { follow: true, reads }));
  const tail = createFlowTail(stored.reader, spec, spec.limit);
  const print = rowPrinter(format, tablePrinter(options, stored));
  try {
    while (!stopping.signal.aborted) {
      const { rows, skipped } = await tail.next(Date.now(), { signal: stopping.signal });
      if (skipped) printText(process.stderr, "ngflow: flows arrive faster than they can be shown; some are left out\n");
      if (rows.length > 0 && !(await print(rowsInZone(rows, Object.keys(rows[0]!), options.zone)))) break;
      await setTimeout(FOLLOW_POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  } catch (error) {
    // Ctrl-C cancels the question that is under way.
    if (!stopping.signal.aborted) throw error;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await stored.close();
  }
}

/** Prints rows in a format without an end mark. Resolves to false when the reader is gone. */
function rowPrinter(
  format: "table" | "ndjson" | "csv",
  tableOf: (rows: readonly Row[]) => Promise<string>,
): (rows: readonly Row[]) => Promise<boolean> {
  const columns = [...COLUMNS, ...NAMED].map((column) => column.name);
  let first = true;
  return async (rows) => {
    const head = first;
    first = false;
    if (format === "ndjson") return writeOut(formatNdjson(rows));
    if (format === "csv") {
      const lines = rows.map((row) => csvLine(columns.map((column) => row[column] ?? null))).join("");
      return writeOut(head ? csvLine(columns) + lines : lines);
    }
    const table = await tableOf(rows);
    return writeOut(head ? table : table.slice(table.indexOf("\n") + 1));
  };
}

export function define(command: Command): Command {
  return command
    .argument("[filter...]", "filter, for example: host 10.0.0.1 and proto udp")
    .addOption(queryOptions.zone())
    .addOption(queryOptions.from())
    .addOption(queryOptions.to())
    .addOption(queryOptions.last())
    .addOption(queryOptions.time())
    .addOption(queryOptions.duplicates())
    .addOption(queryOptions.limit())
    .addOption(queryOptions.sort())
    .addOption(
      new Option(
        "--follow",
        "print flows as they arrive, oldest first, until Ctrl-C; starts with --limit flows (default 10)",
      ),
    )
    .addOption(costOption().conflicts("follow"))
    .addOption(
      new Option("--wide", "all columns of the table, also if the terminal is narrower, and fields without a column"),
    )
    .addOption(answerOptions.format())
    .addOption(answerOptions.json())
    .addOption(namesOptions.names())
    .addOption(namesOptions.noNames())
    .addOption(privacyOptions.anonymise())
    .addOption(privacyOptions.mask())
    .addOption(sharedOptions.data())
    .addOption(elementsOption())
    .addOption(sharedOptions.config())
    .action((words: string[], options: Options) => runFlows(words, withConfig(options)));
}
