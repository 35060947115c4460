import type { ExploreAnswer } from "./chart.ts";
import { shellWord } from "../../format/shell-word.ts";
import { icmpParts } from "../icmp-apart.ts";
import { UNITS } from "../units.ts";

/**
 * The command that prints the same numbers: `ngflow query …`. Two of them where ICMP is a group beside ports: a line
 * for what has ports, and one for ICMP.
 */
export function commandOf({ options, span, main }: ExploreAnswer, filter: string): string {
  const dims = options.kind === "heatmap" ? [] : options.dims;
  const metric = options.unit === "bps" || options.unit === "pps" ? options.unit : UNITS[options.unit].sum;
  const iso = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");
  const line = (by: readonly string[], top: number, terms: string): string => {
    const words = ["ngflow", "query", "--from", iso(span.from), "--to", iso(span.to)];
    if (by.length > 0) words.push("--by", by.join(","));
    words.push("--metric", metric);
    if (main.step !== null) words.push("--step", `${main.step}s`);
    words.push("--top", String(top));
    if (options.order !== "total") words.push("--order", options.order);
    if (options.raw) words.push("--counters", "raw");
    if (options.duplicates !== "as-seen") words.push("--duplicates", options.duplicates);
    if (terms !== "") words.push(terms);
    return words.map(shellWord).join(" ");
  };
  const parts = icmpParts(dims, filter);
  if (parts === null) return line(dims, options.top, filter);
  const { ported, icmp } = parts;
  return [line(ported.by, options.top, ported.filter), line(icmp.by, icmp.top, icmp.filter)].join("\n");
}
