import type { ExploreAnswer } from "./chart.ts";
import { UNITS } from "./options.ts";

/** A word of a shell, quoted where it needs it. */
function word(text: string): string {
  return /^[A-Za-z0-9_.,:/=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command that prints the same numbers: `ngflow query …`. */
export function commandOf({ options, span, main }: ExploreAnswer, filter: string): string {
  const metric = options.unit === "bps" || options.unit === "pps" ? options.unit : UNITS[options.unit].sum;
  const iso = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");
  const words = ["ngflow", "query", "--from", iso(span.from), "--to", iso(span.to)];
  if (options.dims.length > 0 && options.kind !== "heatmap") words.push("--by", options.dims.join(","));
  words.push("--metric", metric);
  if (main.step !== null) words.push("--step", `${main.step}s`);
  words.push("--top", String(options.top));
  if (options.order !== "total") words.push("--order", options.order);
  if (options.raw) words.push("--counters", "raw");
  if (filter !== "") words.push(filter);
  return words.map(word).join(" ");
}
