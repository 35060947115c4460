import {
  completeFilter,
  type CompletionSources,
  DEFAULT_COMPLETIONS,
  type FilterCompletions,
  MAX_COMPLETIONS,
  parseFlows,
  readSeenValues,
  seenRange,
} from "@ngflow/flows";
import { type Command, InvalidArgumentError, Option } from "commander";
import { savedNames } from "../../../daemon/saved-names.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { formatTable } from "../../../output/table.ts";
import { writeOut } from "../../../output/write.ts";
import { queryOptions, type WordOptions } from "../query-options.ts";
import { openStoredFlows } from "../stored-flows.ts";

interface Options extends SharedConfig, Pick<WordOptions, "from" | "to" | "last"> {
  readonly config?: string;
  readonly json?: boolean;
  readonly at?: number;
  readonly count?: number;
}

/** What may be written at a place of a filter, with the values of a data directory. */
async function completionsOf(text: string, options: Options): Promise<FilterCompletions> {
  const { at = text.length, count = DEFAULT_COMPLETIONS, ...words } = options;
  const { toMs } = parseFlows(words, Date.now(), "option");
  const directory = dataDirectory(options.data);
  const stored = await openStoredFlows(directory);
  const names = savedNames(directory);
  const sources: CompletionSources = {
    seen: (column) => readSeenValues(column, seenRange(toMs), (spec) => stored.reader.query(spec)),
    names: async () => names(),
  };
  try {
    return await completeFilter({ text, at: Math.min(at, text.length), limit: count }, sources);
  } finally {
    await stored.close();
  }
}

async function run(text: string, options: Options): Promise<void> {
  const answer = await completionsOf(text, options);
  const rows = answer.completions.map(({ text: word, kind, detail }) => ({ text: word, kind, detail: detail ?? "" }));
  await writeOut(
    options.json === true
      ? `${JSON.stringify(answer)}\n`
      : formatTable(["text", "kind", "detail"], rows, { human: true }),
  );
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= least && number <= most))
      throw new InvalidArgumentError(`"${text}" is not a whole number from ${least} to ${most}`);
    return number;
  };
}

export function define(command: Command): Command {
  return command
    .argument("<text>", 'the filter as far as it is written, in quotes: "proto tcp and src po"')
    .addOption(
      new Option("--at <offset>", "place in the text, in characters (default its end)").argParser(whole(0, 10_000)),
    )
    .addOption(
      new Option("--count <n>", `most completions (default ${DEFAULT_COMPLETIONS})`).argParser(
        whole(1, MAX_COMPLETIONS),
      ),
    )
    .addOption(queryOptions.from())
    .addOption(queryOptions.to())
    .addOption(queryOptions.last())
    .addOption(new Option("--json", "JSON instead of a table: also the place to replace, and the tokens of the text"))
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      "\nValues are those of the last two hours of the range, those with most\ntraffic first." +
        '\n\nExamples:\n  ngflow complete "proto tcp and src po"\n  ngflow complete --json "host 10."' +
        "\n\nMore: docs/reference/filter.md",
    )
    .action((text: string, options: Options) => run(text, withConfig(options)));
}
