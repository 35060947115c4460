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

/** Rewrites one line of a terminal; does nothing where output is no terminal. */
export class StatusDisplay {
  readonly #out: NodeJS.WriteStream;
  #shown = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(text: string): void {
    if (!this.#out.isTTY) return;
    const width = this.#out.columns ?? 80;
    this.#out.write(`\r\x1b[2K${text.length < width ? text : `${text.slice(0, width - 2)}…`}`);
    this.#shown = true;
  }

  /** Leaves the last status on its own line, so that what follows starts on a fresh one. */
  end(): void {
    if (this.#shown) this.#out.write("\n");
    this.#shown = false;
  }
}
