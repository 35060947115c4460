import type { Command } from "commander";
import { parseQuery, type QuerySpec } from "@ngflow/flows";
import { withConfig } from "../../../options/config-file.ts";
import { elementsOption, useElements } from "../../../options/elements-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { type AnswerOptions, answerOptions, chosenFormat, renderAnswer } from "../../../output/answer.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { readFilterFiles } from "../filter-files.ts";
import { hintEmpty, hintUnsettled, queryOptions, type WordOptions } from "../query-options.ts";
import { hintIncomplete } from "../hint-incomplete.ts";
import { inZone } from "../in-zone.ts";
import { writeOut } from "../../../output/write.ts";
import { type PrivacyOptions, privacyOf, privacyOptions } from "../privacy-options.ts";
import type { OutputFormat } from "../../../output/format.ts";
import { type NamesOptions, namesOfTable, namesOptions } from "../names-option.ts";
import { costOption, renderCost } from "../render-cost.ts";
import { openStoredFlows, type StoredFlows } from "../stored-flows.ts";
import { untilSignal } from "../until-signal.ts";
import { watchAnswer } from "../watch-answer.ts";

interface Options extends AnswerOptions, WordOptions, PrivacyOptions, NamesOptions {
  readonly data?: string;
  readonly config?: string;
  readonly elements?: string;
  readonly cost?: boolean;
}

/** The query that the command line asks for. @throws QueryWordError, FilterError, VerbError */
export function querySpec(words: readonly string[], options: WordOptions, nowMs: number): QuerySpec {
  const { filter, sets } = readFilterFiles(words);
  return parseQuery({ ...options, filter }, nowMs, "option", sets);
}

async function runQuery(words: readonly string[], options: Options): Promise<void> {
  const format = chosenFormat(options);
  useElements(options.elements);
  const spec = querySpec(words, options, Date.now());
  let output: string | Uint8Array;
  const { reads, shown } = await privacyOf(options);
  const stored = shown(await openStoredFlows(dataDirectory(options.data), { reads }));
  try {
    output = options.cost
      ? await renderCost(format, await untilSignal(async (signal) => stored.reader.cost?.(spec, { signal })), stored)
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
  spec: QuerySpec,
  format: OutputFormat,
  options: Options,
): Promise<string | Uint8Array> {
  const { reader, file } = stored;
  const cost = reader.cost && (() => reader.cost!(spec));
  const answer = await untilSignal((signal) =>
    watchAnswer((progress) => reader.query(spec, { signal, progress }), cost),
  );
  const result = inZone(answer, options.zone);
  if (result.rows.length === 0) hintEmpty(format, options);
  hintUnsettled(format, result);
  if (format === "table") hintIncomplete(result);
  const nameOf = format === "table" ? await namesOfTable(options, stored, result) : undefined;
  return renderAnswer(format, result, { whole: result, nameOf, file });
}

export function define(command: Command): Command {
  return command
    .argument("[filter...]", "filter, for example: proto tcp and port in (80, 443) and net 10.0.0.0/8")
    .addOption(queryOptions.by())
    .addOption(queryOptions.metric())
    .addOption(queryOptions.zone())
    .addOption(queryOptions.from())
    .addOption(queryOptions.to())
    .addOption(queryOptions.last())
    .addOption(queryOptions.step())
    .addOption(queryOptions.top())
    .addOption(queryOptions.statistic())
    .addOption(queryOptions.order())
    .addOption(queryOptions.counters())
    .addOption(queryOptions.time())
    .addOption(queryOptions.duplicates())
    .addOption(queryOptions.previous())
    .addOption(costOption())
    .addOption(answerOptions.format())
    .addOption(answerOptions.json())
    .addOption(namesOptions.names())
    .addOption(namesOptions.noNames())
    .addOption(privacyOptions.anonymise())
    .addOption(privacyOptions.mask())
    .addOption(sharedOptions.data())
    .addOption(elementsOption())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      "\nThe default range is the last hour. For all flows: --from 1970-01-01." +
        "\nThe bytes and packets of a flow are spread over its duration." +
        "\nA flow is counted when it ends." +
        "\n\nExamples:" +
        "\n  ngflow query --by Proto --last 1h" +
        "\n  ngflow query --by SrcAddr --metric bps --last 15m --step 1m dst port 443" +
        "\n  ngflow query --by ServerAddr,ServicePort --metric distinct:ClientAddr" +
        "\n  ngflow query --by InIf --metric bps --statistic p95 --last 30d" +
        "\n  ngflow query --by SrcAddr,DstAddr --last 30d --cost" +
        "\n  ngflow query --from 2026-01-02 --to 2026-01-03 'net 10.0.0.0/8 not proto icmp'" +
        "\n\nMore: docs/how-to/query.md, docs/reference/filter.md",
    )
    .action((words: string[], options: Options) => runQuery(words, withConfig(options)));
}
