import { humanNumber } from "../output/units.ts";
import type { LargeFlow } from "./largest-flows.ts";
import type { ExportStats } from "./meter-stats.ts";

/** What a summary has in addition to the counts. */
export interface SummaryFacts {
  /** Where the datagrams went; undefined for nowhere. */
  readonly to: string | undefined;
  /** The format's name: `v9`. */
  readonly format: string;
  readonly seconds: number;
  readonly largest: readonly LargeFlow[];
  /** Numbers as a person reads them (`1.23 MB`) instead of exactly. */
  readonly human: boolean;
}

/** The result of `ngflow export`: totals, what was not metered, where the records went, the largest of them. */
export function summaryLines(stats: ExportStats, facts: SummaryFacts): string {
  const { human, largest } = facts;
  const amount = (kind: "packets" | "bytes", value: number): string => {
    if (human) return humanNumber(kind, value);
    return kind === "bytes" ? `${value} bytes` : String(value);
  };
  const metered = [
    `${amount("packets", stats.packets)} packets`,
    amount("bytes", stats.bytes),
    `${amount("packets", stats.records)} flow records`,
  ];
  const lines = [`${metered.join(", ")} in ${facts.seconds.toFixed(2)} s`];
  const skipped = Object.entries(stats.skipped).filter(([, count]) => count > 0);
  if (skipped.length > 0) {
    lines.push(`not metered: ${skipped.map(([why, count]) => `${amount("packets", count)} ${why}`).join(", ")}`);
  }
  lines.push(destinationText(stats, facts, amount));
  if (largest.length > 0) {
    lines.push("the largest records:");
    const amounts = largest.map(({ bytes }) => amount("bytes", bytes));
    const width = Math.max(...amounts.map(({ length }) => length));
    largest.forEach(({ text }, i) => lines.push(`  ${amounts[i]!.padStart(width)}  ${text}`));
  }
  return `${lines.join("\n")}\n`;
}

function destinationText(
  stats: ExportStats,
  { to, format }: SummaryFacts,
  amount: (kind: "packets", value: number) => string,
): string {
  if (to === undefined) return "the records went nowhere: --to udp://HOST:PORT or --to FILE.pcap sends them";
  const where = to === "-" ? "standard output" : to;
  return `${amount("packets", stats.datagrams)} ${format} datagrams to ${where}`;
}

/** Why datagrams did not arrive, in one line without its end. */
export function refusalText(stats: ExportStats, to: string): string {
  const { datagrams, refused, sendErrors } = stats;
  const all = grouped(datagrams);
  if (refused > 0) {
    const address = to.replace(/^udp:\/\//, "");
    return `${address} refused ${grouped(refused)} of ${all} datagrams: nobody listens there; start a collector or change --to`;
  }
  return `--to ${to}: ${grouped(sendErrors)} of ${all} datagrams could not be sent; check the address and the route`;
}

/** `17,831`. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
