import { HOPS, type Pipeline } from "@ngflow/flows";

const NUMBER = new Intl.NumberFormat("en-US");

/** What is lost after the packets were counted, by the hop that knows: its counters, and what they count. */
const LOSSES: readonly (readonly [hop: string, counters: readonly string[], what: string])[] = [
  [HOPS.meter, ["recordsDiscarded"], "records discarded"],
  [HOPS.collector, ["setsHeldDropped", "setsHeldExpired"], "data sets without a template"],
  [HOPS.collector, ["rowsRefused"], "rows refused by the spool"],
  [HOPS.spool, ["rowsLost"], "rows not written"],
  [HOPS.store, ["rowsDamaged"], "rows damaged"],
];

/** Losses of the chain, each at the one hop where it happened. */
function losses({ packetsDropped, recordsLost, hops }: Pipeline): string {
  const counts: [number, string][] = [
    [packetsDropped, "packets dropped by the kernel"],
    [recordsLost, "records lost"],
  ];
  for (const [name, counters, what] of LOSSES) {
    const own = hops.filter(({ hop }) => hop.split(":")[0] === name);
    const sum = own.reduce((all, hop) => counters.reduce((some, key) => some + (hop.counters[key] ?? 0), all), 0);
    counts.push([sum, what]);
  }
  const parts = counts.filter(([count]) => count > 0).map(([count, what]) => `${NUMBER.format(count)} ${what}`);
  return parts.length === 0 ? "no loss" : parts.join(", ");
}

/** The status line of `ngflow up`: the chain from packets to rows, and the packet rate since the line before. */
export function statusLine(now: Pipeline, before: Pipeline, seconds: number): string {
  const rate = seconds > 0 ? Math.max(0, now.packetsSeen - before.packetsSeen) / seconds : 0;
  const chain = [
    `${NUMBER.format(now.packetsSeen)} packets (${NUMBER.format(Math.round(rate))}/s)`,
    `${NUMBER.format(now.recordsExported)} records exported`,
    `${NUMBER.format(now.datagramsReceived)} datagrams received`,
    `${NUMBER.format(now.rowsStored)} rows stored`,
  ];
  return `${chain.join(" → ")} · ${losses(now)}`;
}

/** The account that `ngflow up` gives when it ends. */
export function finalLine(totals: Pipeline): string {
  return [
    `${NUMBER.format(totals.packetsSeen)} packets seen`,
    `${NUMBER.format(totals.recordsExported)} records exported`,
    `${NUMBER.format(totals.rowsStored)} rows stored`,
    losses(totals),
  ].join(", ");
}

/** Between two lines of `watchStatus`. */
const STATUS_MS = 1000;

/**
 * Rewrites one line of a terminal once a second until the returned function is called, which leaves the last one so that
 * what follows starts on a fresh line. Where output is no terminal nobody would see it, and nothing is asked.
 */
export function watchStatus(out: NodeJS.WriteStream, ask: () => Promise<Pipeline>): () => void {
  if (!out.isTTY) return () => undefined;
  let before: { readonly totals: Pipeline; readonly atMs: number } | undefined;
  let ended = false;
  const show = (totals: Pipeline): void => {
    if (ended) return;
    const atMs = performance.now();
    const text = statusLine(totals, before?.totals ?? totals, before ? (atMs - before.atMs) / 1000 : 0);
    const width = out.columns ?? 80;
    out.write(`\r\x1b[2K${text.length < width ? text : `${text.slice(0, width - 2)}…`}`);
    before = { totals, atMs };
  };
  // A store too busy to answer leaves the line as it is; what ails it is in the log.
  const timer = setInterval(() => void ask().then(show, () => undefined), STATUS_MS);
  return () => {
    ended = true;
    clearInterval(timer);
    if (before) out.write("\n");
  };
}
