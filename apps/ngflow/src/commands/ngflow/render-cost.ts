import type { QueryCost } from "@ngflow/flows";
import { renderAnswer, type AnswerForms } from "../../output/answer.ts";
import type { OutputFormat } from "../../output/format.ts";
import { costText } from "./watch-answer.ts";

const COLUMNS = ["tier", "parts", "rows", "bytes"] as const;

/** What a query would read, in a format; as a table with a line about all of it. */
export async function renderCost(
  format: OutputFormat,
  cost: QueryCost,
  parquet: AnswerForms["parquet"],
): Promise<string | Uint8Array> {
  const rows = cost.tiers.map(({ name, parts, rows: count, bytes }) => ({ tier: name, parts, rows: count, bytes }));
  const table = await renderAnswer(format, { columns: COLUMNS, rows }, { whole: cost, parquet });
  if (format !== "table") return table;
  const why = cost.why === null ? "only sums are read" : `flows are read: ${cost.why}`;
  return `${String(table)}\n${costText(cost)}\nplan ${cost.tier}, from ${cost.from} to ${cost.to}\n${why}\n`;
}
