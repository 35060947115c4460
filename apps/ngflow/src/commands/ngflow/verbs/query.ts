import type { Command } from "commander";
import { parseQuery, type QuerySpec } from "@ngflow/flows";
import { withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { type AnswerOptions, answerOptions, chosenFormat, renderAnswer } from "../../../output/answer.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { readFilterFiles } from "../filter-files.ts";
import { hintEmpty, queryOptions, type WordOptions } from "../query-options.ts";
import { writeOut } from "../../../output/write.ts";
import { openStoredFlows } from "../stored-flows.ts";
import { untilSignal } from "../until-signal.ts";

interface Options extends AnswerOptions, WordOptions {
  readonly data?: string;
  readonly config?: string;
}

/** The query that the command line asks for. @throws QueryWordError, FilterError, VerbError */
export function querySpec(words: readonly string[], options: WordOptions, nowMs: number): QuerySpec {
  const { filter, sets } = readFilterFiles(words);
  return parseQuery({ ...options, filter }, nowMs, "option", sets);
}

async function runQuery(words: readonly string[], options: Options): Promise<void> {
  const format = chosenFormat(options);
  const spec = querySpec(words, options, Date.now());
  let output: string | Uint8Array;
  const stored = await openStoredFlows(dataDirectory(options.data));
  try {
    const result = await untilSignal((signal) => stored.reader.query(spec, { signal }));
    if (result.rows.length === 0) hintEmpty(format, options);
    output = await renderAnswer(format, result, { whole: result, parquet: stored.parquet });
  } finally {
    // Closed before anything is written: a slow reader of the output must not keep the store open.
    await stored.close();
  }
  await writeOut(output);
}

export function define(command: Command): Command {
  return command
    .argument("[filter...]", "filter, for example: proto tcp and port in (80, 443) and net 10.0.0.0/8")
    .addOption(queryOptions.by())
    .addOption(queryOptions.metric())
    .addOption(queryOptions.from())
    .addOption(queryOptions.to())
    .addOption(queryOptions.last())
    .addOption(queryOptions.step())
    .addOption(queryOptions.top())
    .addOption(queryOptions.statistic())
    .addOption(queryOptions.order())
    .addOption(queryOptions.counters())
    .addOption(queryOptions.time())
    .addOption(queryOptions.previous())
    .addOption(answerOptions.format())
    .addOption(answerOptions.json())
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      "\nThe default range is the last hour. For all flows: --from 1970-01-01." +
        "\nThe bytes and packets of a flow are spread over its duration." +
        "\nA flow is counted when it ends." +
        "\n\nExamples:" +
        "\n  ngflow query --by Proto --last 1h" +
        "\n  ngflow query --by SrcAddr --metric bps --last 15m --step 1m dst port 443" +
        "\n  ngflow query --by ServerAddr,ServicePort --metric distinct:ClientAddr --last 1d" +
        "\n  ngflow query --by InIf --metric bps --statistic p95 --last 30d" +
        "\n  ngflow query --from 2026-01-02 --to 2026-01-03 'net 10.0.0.0/8 not proto icmp'" +
        "\n\nMore: docs/how-to/query.md, docs/reference/filter.md",
    )
    .action((words: string[], options: Options) => runQuery(words, withConfig(options)));
}
