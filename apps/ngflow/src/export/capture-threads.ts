import type { NgflowError } from "@ngflow/base";
import { meterCapture } from "./meter-capture.ts";
import type { MeterSettings } from "./meter-settings.ts";
import type { ExportStats } from "./meter-stats.ts";
import type { MeterWorker } from "./meter-worker.ts";
import { exportTo, type Outcome, summed } from "./outcome.ts";
import { openShareable } from "./open-destination.ts";

/** What a thread meters and where it sends flows. */
export interface CaptureThreadSettings {
  /** UDP destination; undefined for nowhere. */
  readonly to: string | undefined;
  readonly wantsLargest: boolean;
  readonly settings: MeterSettings;
}

/**
 * Meters a capture file with several threads, of which this is the first. Each reads the whole file, which costs little
 * next to metering, and meters the packets of its share. They have nothing in common but the file, so they never wait
 * for each other: each has its own flow cache with its part of `maxFlows`, its own socket and source id.
 *
 * @param file the code of a thread
 * @throws NgflowError like `meterCapture` and `openShareable`; every thread has ended by then.
 */
export async function meterCaptureThreads(
  settings: MeterSettings,
  to: string | undefined,
  wantsLargest: boolean,
  count: number,
  file: URL,
): Promise<Outcome & { readonly workers: readonly ExportStats[]; readonly damage: NgflowError | null }> {
  // The socket comes first: a thread that ends must not be the last user of the libraries that a socket needs.
  const destination = await openShareable(to);
  // A run with one thread does not wait for what starts others.
  const { MeterWorker } = await import("./meter-worker.ts");
  const others: MeterWorker[] = [];
  try {
    for (let index = 1; index < count; index++) {
      const own = { ...settings, progress: false, share: { index, count } };
      const data: CaptureThreadSettings = { to, wantsLargest, settings: own };
      others.push(new MeterWorker(file, data, `meter ${index}`));
    }
    const first = await exportTo(destination, wantsLargest, (own) =>
      meterCapture({ ...settings, share: { index: 0, count } }, own),
    );
    const outcomes = [first, ...(await Promise.all(others.map(({ ended }) => ended)))];
    return { ...summed(outcomes), damage: first.damage };
  } finally {
    // Those that have ended are not touched by that.
    for (const other of others) other.terminate();
    await Promise.all(others.map(({ exited }) => exited));
  }
}
