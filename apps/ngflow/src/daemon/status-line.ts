import { localeText } from "../output/locale-text.ts";
import { HOP_OLD_MS, HOPS, type Pipeline } from "@ngflow/flows";
import { printSentences } from "../output/print-text.ts";
import { buildPipeline, LastSeen, type PipelineParts } from "./pipeline.ts";

const NUMBER = new Intl.NumberFormat("en-US");
/** Three digits, for narrow terminals: `1.23M`. */
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** A total; `?` if the part that counts it cannot be reached. */
function shown(total: number | null, numbers = NUMBER): string {
  return total === null ? "?" : numbers.format(total);
}

/** A total and what it counts, in the singular for one. */
function counted(total: number | null, what: string, numbers = NUMBER): string {
  return `${shown(total, numbers)} ${total === 1 ? what.replace(/s\b/, "") : what}`;
}

/** Losses after the packets were counted: the hop that counts them, its counters, and a label. */
const LOSSES: readonly (readonly [hop: string, counters: readonly string[], what: string])[] = [
  [HOPS.meter, ["recordsDiscarded"], "records discarded"],
  [HOPS.collector, ["setsHeldDropped", "setsHeldExpired"], "data sets without a template"],
  [HOPS.collector, ["rowsRefused"], "rows refused by the spool"],
  [HOPS.spool, ["rowsLost"], "rows not written"],
  [HOPS.store, ["ledgerDamaged"], "rows damaged"],
];

/** The same totals where this ngflow meters nothing: nothing is lost in a graph that is not there. */
const withoutGraph = (totals: Pipeline): Pipeline => ({ ...totals, packetsDropped: 0 });

/** Losses along the pipeline, each at the hop where it happened. */
function losses({ packetsDropped, recordsLost, hops }: Pipeline): string {
  const counts: [number | null, string][] = [
    [packetsDropped, "packets dropped by the kernel"],
    [recordsLost, "records lost"],
  ];
  for (const [name, counters, what] of LOSSES) {
    const own = hops.filter(({ hop }) => hop.split(":")[0] === name);
    const sum = own.reduce((all, hop) => counters.reduce((some, key) => some + (hop.counters[key] ?? 0), all), 0);
    counts.push([sum, what]);
  }
  const parts = counts.filter(([count]) => count !== 0).map(([count, what]) => counted(count, what));
  for (const { hop, ageMs } of hops) {
    if (hop === HOPS.collector && (ageMs ?? 0) > HOP_OLD_MS) {
      parts.push(`the collector has not answered for ${Math.round(ageMs! / 1000)} s`);
    }
  }
  const awayMs = hops.find(({ hop }) => hop === HOPS.store)?.counters["databaseAwayMs"] ?? 0;
  if (awayMs > HOP_OLD_MS) parts.push(`the database has not answered for ${Math.round(awayMs / 1000)} s`);
  return parts.length === 0 ? "no loss" : parts.join(", ");
}

/** The first chain that fits a width with its end; the end is cut only if it is wider by itself. */
function fitting(chains: readonly (readonly string[])[], end: string, width: number): string {
  const lines = chains.map((hops) => [hops.join(" → "), end].filter((text) => text !== "").join(" · "));
  return (lines.find((line) => line.length <= width) ?? end).slice(0, width);
}

/**
 * The status line of `ngflow up`: counts from packets to rows, and the packet rate since the last line. If it is wider
 * than `width` columns, it has fewer words, digits and hops; the losses at its end are never cut.
 */
export function statusLine(now: Pipeline, before: Pipeline, seconds: number, width = Infinity): string {
  const passed = (now.packetsSeen ?? 0) - (before.packetsSeen ?? 0);
  const rate = Math.round(seconds > 0 ? Math.max(0, passed) / seconds : 0);
  const chain = (numbers: Intl.NumberFormat, words: readonly [string, string, string]) =>
    [
      `${counted(now.packetsSeen, "packets", numbers)} (${numbers.format(rate)}/s)`,
      counted(now.recordsExported, words[0], numbers),
      counted(now.datagramsReceived, words[1], numbers),
      counted(now.rowsStored, words[2], numbers),
    ] as const;
  const long = chain(NUMBER, ["records exported", "datagrams received", "rows stored"]);
  const short = chain(SHORT, ["records", "datagrams", "rows"]);
  const [packets, records, , rows] = short;
  return fitting([long, short, [packets, records, rows], [packets, rows], [packets]], losses(now), width);
}

/** The status line of `ngflow up --no-capture`: counts from datagrams to rows, and the rate of records. */
export function collectorLine(now: Pipeline, before: Pipeline, seconds: number, width = Infinity): string {
  const passed = (now.recordsDecoded ?? 0) - (before.recordsDecoded ?? 0);
  const rate = Math.round(seconds > 0 ? Math.max(0, passed) / seconds : 0);
  const chain = (numbers: Intl.NumberFormat, words: readonly [string, string]) =>
    [
      counted(now.datagramsReceived, words[0], numbers),
      `${counted(now.recordsDecoded, "records", numbers)} (${numbers.format(rate)}/s)`,
      counted(now.rowsStored, words[1], numbers),
    ] as const;
  const short = chain(SHORT, ["datagrams", "rows"]);
  const chains = [chain(NUMBER, ["datagrams received", "rows stored"]), short, short.slice(1), short.slice(1, 2)];
  return fitting(chains, losses(withoutGraph(now)), width);
}

/** What became of every row that the data directory ever acknowledged; empty without a store. */
function ledgerLine(hops: Pipeline["hops"]): string[] {
  const counters = hops.find(({ hop }) => hop === HOPS.store)?.counters;
  if (counters?.["ledgerAcknowledged"] === undefined) return [];
  const sums = ["Stored", "Dropped", "Damaged", "Waiting"].map(
    (what) => `${NUMBER.format(counters[`ledger${what}`] ?? 0)} ${what.toLowerCase()}`,
  );
  return [`${NUMBER.format(counters["ledgerAcknowledged"])} rows acknowledged in all = ${sums.join(" + ")}`];
}

/** The totals that `ngflow up` prints at the end; the rows of earlier runs too are on a line of their own. */
export function finalLines(totals: Pipeline, isMetering = true): string {
  const begin = isMetering
    ? [counted(totals.packetsSeen, "packets seen"), counted(totals.recordsExported, "records exported")]
    : [counted(totals.datagramsReceived, "datagrams received"), counted(totals.recordsDecoded, "records decoded")];
  const end = [counted(totals.rowsStored, "rows stored"), losses(isMetering ? totals : withoutGraph(totals))];
  const run = [...begin, ...end].join(", ");
  return [run, ...ledgerLine(totals.hops)].join("\n");
}

/** What `graph`, `collect` and `serve` print at their end: the totals of the parts that ran in this process. */
export function stoppedLines(parts: PipelineParts): string {
  const totals = buildPipeline(parts, new LastSeen());
  const known: readonly (readonly [number | null, string])[] = [
    [totals.packetsSeen, "packets seen"],
    [totals.recordsExported, "records exported"],
    [totals.datagramsReceived, "datagrams received"],
    [totals.recordsDecoded, "records decoded"],
    [totals.rowsStored, "rows stored"],
  ];
  const run = known.filter(([total]) => total !== null).map(([total, what]) => counted(total, what));
  // Nothing is lost in a part that is not here.
  const own = losses({ ...totals, packetsDropped: totals.packetsDropped ?? 0, recordsLost: totals.recordsLost ?? 0 });
  return [`stopped: ${[...run, own].join(", ")}`, ...ledgerLine(totals.hops)].join("\n");
}

/** Prints `stoppedLines`; on a terminal below the `^C` that it shows. */
export function printStopped(out: NodeJS.WriteStream, parts: PipelineParts): void {
  printSentences(out, `${out.isTTY ? "\n" : ""}${stoppedLines(parts)}\n`);
}

/** Interval between two lines of `watchStatus`. */
const STATUS_MS = 1000;

/**
 * Rewrites one line of a terminal once a second until the returned function is called. That ends the line, so that
 * further output starts on a new one. Does nothing if the output is not a terminal.
 */
export function watchStatus(out: NodeJS.WriteStream, ask: () => Promise<Pipeline>, line = statusLine): () => void {
  if (!out.isTTY) return () => undefined;
  let before: { readonly totals: Pipeline; readonly atMs: number } | undefined;
  let ended = false;
  const show = (totals: Pipeline): void => {
    if (ended) return;
    const atMs = performance.now();
    // The last column stays free: some terminals wrap when it is written.
    const width = (out.columns ?? 80) - 1;
    const text = line(totals, before?.totals ?? totals, before ? (atMs - before.atMs) / 1000 : 0, width);
    out.write(`\r\x1b[2K${localeText(text)}`);
    before = { totals, atMs };
  };
  // If the store is too busy to answer, the line stays as it is; the log has the error.
  const timer = setInterval(() => void ask().then(show, () => undefined), STATUS_MS);
  return () => {
    ended = true;
    clearInterval(timer);
    if (before) out.write("\n");
  };
}
