import { type Command, InvalidArgumentError, Option } from "commander";
import { dimensionByName, type Metric, METRICS, planQuery, type QuerySpec } from "@ngflow/flows";
import { withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { type AnswerOptions, answerOptions, chosenFormat, printAnswer } from "../../../output/answer.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { parseRange, parseStep, type RangeOptions } from "../range.ts";
import { openStoredFlows } from "../stored-flows.ts";

interface Options extends AnswerOptions, RangeOptions {
  readonly data?: string;
  readonly config?: string;
  readonly by?: string;
  readonly metric: Metric;
  readonly step?: string;
  readonly top: number;
}

/** The query that the command line asks for. @throws NgflowError (usage). */
export function querySpec(words: readonly string[], options: Options, nowMs: number): QuerySpec {
  const by = (options.by ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const rate = options.metric === "bps" || options.metric === "pps";
  const spec: QuerySpec = {
    by: by.map(dimensionByName),
    metric: options.metric,
    ...parseRange(options, nowMs, rate || options.step !== undefined),
    top: options.top,
    ...(options.step === undefined ? {} : { stepMs: parseStep(options.step) }),
    ...(words.length === 0 ? {} : { filter: words.join(" ") }),
  };
  // Faults in the question are found here, before a store is opened or a daemon is asked.
  planQuery(spec);
  return spec;
}

async function runQuery(words: readonly string[], options: Options): Promise<void> {
  const format = chosenFormat(options);
  const spec = querySpec(words, options, Date.now());
  const stored = await openStoredFlows(dataDirectory(options.data));
  const result = await stored.reader.query(spec).finally(() => stored.close());
  await printAnswer(format, result, result);
}

export function define(command: Command): Command {
  return command
    .argument("[filter...]", "what to keep, for example: proto tcp and port in (80, 443) and net 10.0.0.0/8")
    .addOption(new Option("--by <columns>", "columns to group by, separated by commas, for example SrcAddr,DstPort"))
    .addOption(new Option("--metric <metric>", "what is summed").choices(METRICS).default("bytes"))
    .addOption(new Option("--from <time>", "start: ISO 8601 (UTC), Unix milliseconds, now, or -15m"))
    .addOption(new Option("--to <time>", "end, not included; same forms (default now)"))
    .addOption(new Option("--last <duration>", "the time up to --to: 90s, 15m, 6h, 2d"))
    .addOption(new Option("--step <duration>", "a time series with bins this wide, for example 10s or 1h"))
    .addOption(
      new Option("--top <n>", "groups kept, largest first; the rest is one group").argParser(parseTop).default(10),
    )
    .addOption(answerOptions.format())
    .addOption(answerOptions.json())
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      "\nWithout a time range: everything stored; for a series or a rate the last hour." +
        "\nA flow's bytes and packets are spread over its life; a flow is counted when it ends." +
        "\n\nexamples:" +
        "\n  ngflow query --by Proto --last 1h" +
        "\n  ngflow query --by SrcAddr,DstAddr --metric bps --last 15m --step 1m dst port 443" +
        "\n  ngflow query --format csv --from 2026-01-02 --to 2026-01-03 'host 10.0.0.1 and not proto icmp'",
    )
    .action((words: string[], options: Options) => runQuery(words, withConfig(options)));
}

function parseTop(text: string): number {
  const top = Number(text);
  if (!Number.isInteger(top) || top < 1) throw new InvalidArgumentError(`"${text}" is not a number above 0`);
  return top;
}
