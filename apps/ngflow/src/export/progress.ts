import { performance } from "node:perf_hooks";

const INTERVAL_MS = 100;
const WIDTH = 30;

/** A progress bar on standard error: part of the file read, packets, packets per second. */
export class Progress {
  readonly #total: number;
  readonly #started = performance.now();
  #shownAt = Number.NEGATIVE_INFINITY;

  /** @param total bytes of the input */
  constructor(total: number) {
    this.#total = total;
  }

  /** Redraws the bar if it is old enough. */
  update(bytes: number, packets: number): void {
    const now = performance.now();
    if (now - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = now;
    const share = Math.min(1, bytes / this.#total);
    const full = Math.round(share * WIDTH);
    const rate = packets / Math.max(1, now - this.#started) / 1000;
    const bar = "#".repeat(full) + ".".repeat(WIDTH - full);
    process.stderr.write(
      `\r[${bar}] ${Math.floor(share * 100)} %  ${packets} packets  ${rate.toFixed(2)} M/s \u001b[K`,
    );
  }

  /** Clears the bar. */
  clear(): void {
    process.stderr.write("\r\u001b[K");
  }
}
