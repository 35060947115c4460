import { type GivenWords, QUERY_WORDS, type QueryResult, type QueryWord } from "@ngflow/flows";
import { Option } from "commander";
import type { OutputFormat } from "../../output/format.ts";
import { printText } from "../../output/print-text.ts";

/** The words of a query as options; their text is read by `parseQuery` and `parseFlows`. */
export type WordOptions = Omit<GivenWords, "filter">;

const option = (word: QueryWord, value: string) => (): Option => new Option(`--${word} <${value}>`, QUERY_WORDS[word]);

export const queryOptions = {
  zone: option("zone", "zone"),
  from: option("from", "time"),
  to: option("to", "time"),
  last: option("last", "duration"),
  by: option("by", "columns"),
  metric: option("metric", "metric"),
  step: option("step", "duration"),
  top: option("top", "n"),
  statistic: option("statistic", "name"),
  order: option("order", "name"),
  counters: option("counters", "kind"),
  time: option("time", "kind"),
  duplicates: option("duplicates", "choice"),
  previous: option("previous", "offset"),
  limit: option("limit", "n"),
  sort: option("sort", "column"),
} as const satisfies Record<keyof WordOptions, () => Option>;

/** Says from when on a table is not settled. */
export function hintUnsettled(format: OutputFormat, { unsettledFrom }: QueryResult): void {
  if (format !== "table" || unsettledFrom === undefined) return;
  printText(process.stderr, `ngflow: not settled from ${unsettledFrom} on: flows under way are exported later\n`);
}

/** Says that a table is empty; when no range was given, there may be older flows. */
export function hintEmpty(format: OutputFormat, { from, to, last }: WordOptions): void {
  if (format !== "table") return;
  const given = from !== undefined || to !== undefined || last !== undefined;
  const where = given ? "in this range" : "in the last hour; choose another range with --last or --from";
  printText(process.stderr, `ngflow: no flows ${where}\n`);
}
