import { parseQuery } from "@ngflow/flows";
import { type Command, InvalidArgumentError, Option } from "commander";
import { withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { localeText } from "../../../output/locale-text.ts";
import { writeOut } from "../../../output/write.ts";
import { gatherReport } from "../../../report/gather.ts";
import { REPORT_FORMS, type ReportForm } from "../../../report/forms.ts";
import type { Report } from "../../../report/report.ts";
import { progressLine } from "../progress-line.ts";
import { queryOptions, type WordOptions } from "../query-options.ts";
import { type PrivacyOptions, privacyOf, privacyOptions } from "../privacy-options.ts";
import { openStoredFlows } from "../stored-flows.ts";
import { untilSignal } from "../until-signal.ts";

interface Options extends Pick<WordOptions, "from" | "to" | "last">, PrivacyOptions {
  readonly data?: string;
  readonly config?: string;
  readonly format: ReportForm;
  readonly json?: boolean;
  readonly top: number;
}

const DEFAULT_LAST = "1d";
const MOST_ROWS = 100;

function rows(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST_ROWS) return count;
  throw new InvalidArgumentError(`expected a number from 1 to ${MOST_ROWS}.`);
}

async function run(words: readonly string[], options: Options): Promise<void> {
  const { from, to, last, top } = options;
  const format = options.json === true ? "json" : options.format;
  const nowMs = Date.now();
  const whole = from === undefined && to === undefined && last === undefined ? { last: DEFAULT_LAST } : {};
  const filter = words.length === 0 ? undefined : words.join(" ");
  const given = { ...(from && { from }), ...(to && { to }), ...(last && { last }), ...(filter && { filter }) };
  const { fromMs, toMs } = parseQuery({ ...whole, ...given, by: "Proto" }, nowMs, "option");
  const { reads, shown } = await privacyOf(options);
  const stored = shown(await openStoredFlows(dataDirectory(options.data), { reads }));
  const line = progressLine();
  let report: Report;
  try {
    const request = { fromMs, toMs, top, nowMs, source: stored.source, ...(filter && { filter }) };
    const progress = (done: number, total: number): void => line.show(`question ${done + 1} of ${total}`);
    report = await untilSignal((signal) => gatherReport(stored.reader, { ...request, signal, progress }));
  } finally {
    line.end();
    await stored.close();
  }
  const isHidden = options.mask === true || options.anonymise !== undefined;
  // A filter may name who it is about.
  const text = REPORT_FORMS[format](isHidden && filter !== undefined ? { ...report, filter: "hidden" } : report);
  await writeOut(process.stdout.isTTY ? localeText(text) : text);
}

export function define(command: Command): Command {
  return command
    .argument("[filter...]", "only these flows, as in ngflow query")
    .addOption(queryOptions.from())
    .addOption(queryOptions.to())
    .addOption(queryOptions.last())
    .addOption(new Option("--top <n>", "rows of each table").argParser(rows).default(10))
    .addOption(
      new Option("--format <form>", "form of the report").choices(Object.keys(REPORT_FORMS)).default("markdown"),
    )
    .addOption(new Option("--json", "the same as --format json"))
    .addOption(privacyOptions.anonymise())
    .addOption(privacyOptions.mask())
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      "\nThe default range is the last day. Times are UTC. A page of HTML prints well:\nthe browser makes a PDF of it." +
        "\n\nExamples:" +
        "\n  ngflow report --last 7d" +
        "\n  ngflow report --format html --from 2026-01-01 --to 2026-02-01 > january.html" +
        "\n  ngflow report --last 1d net 10.20.0.0/16",
    )
    .action((words: string[], options: Options) => run(words, withConfig(options)));
}
