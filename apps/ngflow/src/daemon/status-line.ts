import type { PipelineTotals } from "@ngflow/flows";

const NUMBER = new Intl.NumberFormat("en-US");

/** Losses of the chain: what was dropped before it was counted, and what was lost on the way. */
function losses(totals: PipelineTotals): string {
  const parts: string[] = [];
  if (totals.packetsDropped > 0) parts.push(`${NUMBER.format(totals.packetsDropped)} packets dropped by the kernel`);
  if (totals.recordsLost > 0) parts.push(`${NUMBER.format(totals.recordsLost)} records lost`);
  return parts.length === 0 ? "no loss" : parts.join(", ");
}

/** The status line of `ngflow up`: the chain from packets to rows, and the packet rate since the line before. */
export function statusLine(now: PipelineTotals, before: PipelineTotals, seconds: number): string {
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
export function finalLine(totals: PipelineTotals): string {
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
export function watchStatus(out: NodeJS.WriteStream, ask: () => Promise<PipelineTotals>): () => void {
  if (!out.isTTY) return () => undefined;
  let before: { readonly totals: PipelineTotals; readonly atMs: number } | undefined;
  let ended = false;
  const show = (totals: PipelineTotals): void => {
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
