import { setTimeout } from "node:timers/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { FlowReader } from "@ngflow/flows";
import { withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { type AnswerOptions, answerOptions, chosenFormat, renderAnswer } from "../../../output/answer.ts";
import { writeOut } from "../../../output/write.ts";
import { inZone } from "../in-zone.ts";
import { queryOptions, type WordOptions } from "../query-options.ts";
import { type PrivacyOptions, privacyOf, privacyOptions } from "../privacy-options.ts";
import { openStoredFlows } from "../stored-flows.ts";
import { runTop, type TopTerminal } from "../top/run-top.ts";
import { settledQuery } from "../top/settled-query.ts";
import { untilSignal } from "../until-signal.ts";
import { querySpec } from "./query.ts";

interface Options
  extends
    AnswerOptions,
    Pick<WordOptions, "zone" | "by" | "metric" | "last" | "top" | "counters" | "time">,
    PrivacyOptions {
  readonly data?: string;
  readonly config?: string;
  readonly every: number;
}

const DEFAULTS = { by: "SrcAddr,DstAddr", metric: "bps", last: "1m", top: "20" };
const LEAST_S = 1;
const MOST_S = 3600;

async function run(words: readonly string[], options: Options): Promise<void> {
  const format = chosenFormat(options);
  const asked = { ...DEFAULTS, ...options };
  const specAt = (nowMs: number) => querySpec(words, asked, nowMs);
  specAt(Date.now());
  const isLive = process.stdout.isTTY && process.stdin.isTTY && options.format === undefined && options.json !== true;
  const { reads, shown } = await privacyOf(options);
  const stored = shown(await openStoredFlows(dataDirectory(options.data), { follow: isLive, reads }));
  let output: string | Uint8Array;
  try {
    const settled = settledQuery(stored.reader);
    const query: FlowReader["query"] = async (spec, reading) =>
      inZone(await settled.query(spec, reading), options.zone);
    if (isLive) return await live({ ...settled, query }, specAt, options.every * 1000);
    const result = await untilSignal((signal) => query(specAt(Date.now()), { signal }));
    output = await renderAnswer(format, result, { whole: result, file: stored.file });
  } finally {
    await stored.close();
  }
  await writeOut(output);
}

/** The live table, until `q` or a signal. */
async function live(
  reader: Parameters<typeof runTop>[0],
  specAt: Parameters<typeof runTop>[2]["specAt"],
  everyMs: number,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  try {
    await runTop(reader, terminal(), {
      specAt,
      everyMs,
      signal: stopping.signal,
      nowMs: Date.now,
      sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
    });
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, stop);
  }
}

function terminal(): TopTerminal {
  const { stdin, stdout } = process;
  return {
    get columns() {
      return stdout.columns;
    },
    get rows() {
      return stdout.rows;
    },
    write: (text) => void stdout.write(text),
    onKey(pressed) {
      const onData = (text: string): void => [...text].forEach(pressed);
      stdin.setRawMode(true);
      stdin.setEncoding("utf8").on("data", onData).resume();
      return () => {
        stdin.off("data", onData).pause();
        stdin.setRawMode(false);
      };
    },
  };
}

function seconds(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < LEAST_S || value > MOST_S)
    throw new InvalidArgumentError(`"${text}" is not a whole number from ${LEAST_S} to ${MOST_S}`);
  return value;
}

/** An option of queries with the default of this verb in its text. */
function withDefault(option: Option, value: string): Option {
  option.description = `${option.description.replace(/ \(default [^)]*\)$/, "")} (default ${value})`;
  return option;
}

export function define(command: Command): Command {
  return command
    .argument("[filter...]", "filter, for example: proto udp and port 53")
    .addOption(queryOptions.zone())
    .addOption(withDefault(queryOptions.by(), DEFAULTS.by))
    .addOption(withDefault(queryOptions.metric(), DEFAULTS.metric))
    .addOption(withDefault(queryOptions.last(), DEFAULTS.last))
    .addOption(withDefault(queryOptions.top(), DEFAULTS.top))
    .addOption(queryOptions.counters())
    .addOption(queryOptions.duplicates())
    .addOption(queryOptions.time())
    .addOption(new Option("--every <seconds>", "time between two tables").default(2).argParser(seconds))
    .addOption(answerOptions.format())
    .addOption(answerOptions.json())
    .addOption(privacyOptions.anonymise())
    .addOption(privacyOptions.mask())
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      "\nOn a terminal, the table is live: q quits, s shows the next metric,\nb groups by other columns, space pauses." +
        "\nIn a pipe, or with --json or --format, it is printed once." +
        "\n\nExamples:" +
        "\n  ngflow top" +
        "\n  ngflow top --by ServerAddr,ServicePort --metric flows proto tcp" +
        "\n\nMore: docs/how-to/query.md",
    )
    .action((words: string[], options: Options) => run(words, withConfig(options)));
}
