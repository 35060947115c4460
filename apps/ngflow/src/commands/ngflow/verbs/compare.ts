import { EXIT } from "@ngflow/base";
import { parseDuration, parseFlows } from "@ngflow/flows";
import { type Command, Option } from "commander";
import { compare } from "../../../compare/compare.ts";
import { CompareError } from "../../../compare/errors.ts";
import { NfdumpProgram } from "../../../compare/nfdump-program.ts";
import { renderComparison } from "../../../compare/render.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { readFilterFiles } from "../filter-files.ts";
import { progressLine } from "../progress-line.ts";
import { queryOptions } from "../query-options.ts";
import { openStoredFlows } from "../stored-flows.ts";
import { untilSignal } from "../until-signal.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly nfcapd: string;
  readonly nfdump: string;
  readonly margin?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

async function run(words: readonly string[], options: Options): Promise<void> {
  const marginMs = options.margin === undefined ? undefined : marginOf(options.margin);
  const { filter } = readFilterFiles(words);
  // Checks the bounds and the filter; a bound that is not given is not used.
  const { from, to } = options;
  const { fromMs, toMs } = parseFlows({ from, to, filter }, Date.now(), "option");
  const given = {
    ...(from === undefined ? {} : { firstMs: fromMs }),
    ...(to === undefined ? {} : { lastMs: toMs }),
  };
  const stored = await openStoredFlows(dataDirectory(options.data), { reads: [options.nfcapd] });
  const line = progressLine();
  const found = await untilSignal((signal) =>
    compare(
      { ngflow: stored.source, nfcapd: options.nfcapd, filter, given, marginMs },
      {
        reader: stored.reader,
        nfdump: new NfdumpProgram(options.nfdump, options.nfcapd, signal),
        signal,
        progress: (by, number, of) => line.show(`ngflow: compares ${by}, ${number} of ${of}`),
      },
    ),
  ).finally(async () => {
    line.end();
    await stored.close();
  });
  if (options.json === true) await writeOut(`${JSON.stringify(found)}\n`);
  else printText(process.stdout, renderComparison(found, process.stdout.isTTY === true));
  if (found.unexplained > 0) process.exitCode = EXIT.failed;
}

function marginOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 0) return ms;
  throw new CompareError("compare-margin", `--margin ${text}: not a duration; use for example 90s or 30m`);
}

export function define(command: Command): Command {
  return command
    .argument("[filter...]", "filter that both understand, for example: proto tcp and not port 22")
    .requiredOption("--nfcapd <dir>", "directory of nfcapd's files")
    .addOption(queryOptions.from())
    .addOption(queryOptions.to())
    .addOption(
      new Option(
        "--margin <duration>",
        "left out at an end where one has flows before or after the other (default: a minute more than the longest flow)",
      ),
    )
    .addOption(new Option("--nfdump <program>", "the program nfdump").default("nfdump"))
    .addOption(new Option("--json", "JSON instead of text, with every question"))
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      "\nAsks nfdump and the store the same questions about the time that both have, and\nprints what is equal and what is" +
        "\nnot. Exit status 1: a difference has no known reason." +
        "\n\nExamples:" +
        "\n  ngflow compare --nfcapd /var/cache/nfdump" +
        "\n  ngflow compare --nfcapd /var/cache/nfdump --from 2026-01-02 'proto tcp'" +
        "\n\nMore: docs/reference/agreement.md",
    )
    .action((words: string[], options: Options) => run(words, withConfig(options)));
}
