import { Option } from "commander";
import type { FlowsCost, QueryCost, ReadCost } from "@ngflow/flows";
import { renderAnswer, type AnswerForms } from "../../output/answer.ts";
import type { OutputFormat } from "../../output/format.ts";
import { VerbError } from "./errors.ts";
import { costText } from "./watch-answer.ts";

export const costOption = (): Option =>
  new Option("--cost", "only say what would be read: tiers, parts, rows, bytes, and about how long it takes");

const COLUMNS = ["tier", "parts", "rows", "bytes"] as const;
const TYPES = ["String", "UInt64", "UInt64", "UInt64"] as const;

/**
 * What an answer would read, in a format; as a table with lines about all of it.
 * @param cost undefined where nobody knows
 * @throws VerbError `no-cost`
 */
export async function renderCost(
  format: OutputFormat,
  cost: ReadCost | QueryCost | FlowsCost | undefined,
  { source, file }: { readonly source: string; readonly file: AnswerForms["file"] },
): Promise<string | Uint8Array> {
  if (cost === undefined) throw new VerbError("no-cost", `--cost: ${source} does not know what is read`);
  const rows = cost.tiers.map(({ name, parts, rows: count, bytes }) => ({ tier: name, parts, rows: count, bytes }));
  const table = await renderAnswer(format, { columns: COLUMNS, types: TYPES, rows }, { whole: cost, file });
  if (format !== "table") return table;
  return `${String(table)}\n${[costText(cost), ...linesOf(cost)].join("\n")}\n`;
}

/** What else is known. */
function linesOf(cost: ReadCost | QueryCost | FlowsCost): string[] {
  if ("tier" in cost) {
    const why = cost.why === null ? "only sums are read" : `flows are read: ${cost.why}`;
    return [`plan ${cost.tier}, from ${cost.from} to ${cost.to}`, why];
  }
  if (!("from" in cost)) return [];
  const range = `from ${cost.from} to ${cost.to}`;
  return cost.endsEarly ? [range, "reading ends when there are enough of the newest flows"] : [range];
}
