import { setTimeout } from "node:timers/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { NgflowError } from "@ngflow/base";
import { COLUMNS, type FlowsSpec, MAX_FLOWS, parseFilter, planFlows } from "@ngflow/flows";
import { withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { type AnswerOptions, answerOptions, chosenFormat, printAnswer } from "../../../output/answer.ts";
import { csvLine, formatNdjson, type OutputFormat, type Row } from "../../../output/format.ts";
import { formatTable } from "../../../output/table.ts";
import { writeOut } from "../../../output/write.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { createFlowTail } from "../flow-tail.ts";
import { parseRange, type RangeOptions } from "../range.ts";
import { openStoredFlows } from "../stored-flows.ts";

interface Options extends AnswerOptions, RangeOptions {
  readonly data?: string;
  readonly config?: string;
  readonly limit?: number;
  readonly follow?: boolean;
}

/** What a table shows; the other formats have every column. */
const TABLE_COLUMNS = ["TimeStart", "TimeEnd", "Proto", "SrcAddr", "SrcPort", "DstAddr", "DstPort", "Packets", "Bytes"];
const FOLLOW_POLL_MS = 500;
/** Rows shown at once when following starts. */
const FOLLOW_FIRST = 10;

async function runFlows(words: readonly string[], options: Options): Promise<void> {
  const format = chosenFormat(options);
  const filter = words.join(" ");
  parseFilter(filter);
  if (options.follow) return follow(format, filter, options);
  const spec: FlowsSpec = {
    ...parseRange(options, Date.now(), false),
    limit: options.limit ?? 100,
    ...(filter === "" ? {} : { filter }),
  };
  planFlows(spec);
  const stored = await openStoredFlows(dataDirectory(options.data));
  const result = await stored.reader.flows(spec).finally(() => stored.close());
  await printAnswer(format, result, result, TABLE_COLUMNS);
}

/** Prints flows as they arrive, until it is told to stop or nobody reads. */
async function follow(format: OutputFormat, filter: string, options: Options): Promise<void> {
  if (format === "json" || format === "parquet") {
    throw new NgflowError(
      "follow-format",
      `--follow: ${format} has no end to write; use ndjson, csv or table`,
      "usage",
    );
  }
  if (options.from !== undefined || options.to !== undefined || options.last !== undefined) {
    throw new NgflowError(
      "follow-range",
      "--follow: takes no --from, --to or --last; it begins with the newest flows",
      "usage",
    );
  }
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const stored = await openStoredFlows(dataDirectory(options.data), { follow: true });
  const tail = createFlowTail(stored.reader, filter, options.limit ?? FOLLOW_FIRST);
  const print = rowPrinter(format);
  try {
    while (!stopping.signal.aborted) {
      const { rows, skipped } = await tail.next(Date.now());
      if (skipped) process.stderr.write("ngflow: more flows arrive than can be followed; some are not shown\n");
      if (rows.length > 0 && !(await print(rows))) break;
      await setTimeout(FOLLOW_POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await stored.close();
  }
}

/** Prints rows in a format that has no end; resolves to false when nobody reads any more. */
function rowPrinter(format: "table" | "ndjson" | "csv"): (rows: readonly Row[]) => Promise<boolean> {
  const columns = COLUMNS.map((column) => column.name);
  const human = process.stdout.isTTY === true;
  let first = true;
  return (rows) => {
    const head = first;
    first = false;
    if (format === "ndjson") return writeOut(formatNdjson(rows));
    if (format === "csv") {
      const lines = rows.map((row) => csvLine(columns.map((column) => row[column] ?? null))).join("");
      return writeOut(head ? csvLine(columns) + lines : lines);
    }
    const table = formatTable(TABLE_COLUMNS, rows, { human });
    return writeOut(head ? table : table.slice(table.indexOf("\n") + 1));
  };
}

export function define(command: Command): Command {
  return command
    .argument("[filter...]", "what to keep, for example: host 10.0.0.1 and proto udp")
    .addOption(new Option("--from <time>", "start: ISO 8601 (UTC), Unix milliseconds, now, or -15m"))
    .addOption(new Option("--to <time>", "end, not included; same forms (default now)"))
    .addOption(new Option("--last <duration>", "the time up to --to: 90s, 15m, 6h, 2d"))
    .addOption(
      new Option("--limit <n>", `rows, at most ${MAX_FLOWS} (default 100, with --follow 10 to begin with)`).argParser(
        parseLimit,
      ),
    )
    .addOption(new Option("--follow", "print flows as they arrive, oldest first, until interrupted"))
    .addOption(answerOptions.format())
    .addOption(answerOptions.json())
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .action((words: string[], options: Options) => runFlows(words, withConfig(options)));
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_FLOWS)
    throw new InvalidArgumentError(`"${text}" is not a number from 1 to ${MAX_FLOWS}`);
  return limit;
}
