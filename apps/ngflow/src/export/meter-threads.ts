import { extname } from "node:path";
import { hasLibc, type PacketRingOptions } from "@ngflow/os";
import type { LiveSettings } from "./meter-interface.ts";
import type { ExportStats } from "./meter-stats.ts";
import { MeterWorker } from "./meter-worker.ts";
import { type Outcome, summed } from "./outcome.ts";

/** What a thread meters and where it sends flows. */
export interface ThreadSettings {
  /** UDP destination; undefined for nowhere. */
  readonly to: string | undefined;
  readonly wantsLargest: boolean;
  readonly settings: Omit<LiveSettings, "stopped" | "opened">;
}

/**
 * Meters an interface with several threads. The kernel distributes the frames by flow, both directions of a connection
 * to the same thread, so only the interface is shared. Each thread has its own ring, flow cache with its part of
 * `maxFlows`, socket and source id, which is 0 for the first.
 *
 * @throws NgflowError like `meterInterface` and `openShareable`; every thread has ended by then.
 */
export async function meterThreads(
  settings: LiveSettings,
  to: string | undefined,
  wantsLargest: boolean,
  count: number,
): Promise<Outcome & { readonly workers: readonly ExportStats[] }> {
  // When a thread ends, libraries that only it has loaded are unloaded, while its event loop still has to call koffi's.
  hasLibc();
  const { stopped, durationSeconds, ...shared } = settings;
  const maxFlows = Math.ceil(settings.maxFlows / count);
  const file = new URL(`./meter-thread${extname(import.meta.url)}`, import.meta.url);
  const threads: MeterWorker[] = [];
  let group: number | "new" = "new";
  let limit: NodeJS.Timeout | undefined;
  try {
    for (let domain = 0; domain < count; domain++) {
      const ring: PacketRingOptions = { ...settings.ring, fanoutGroup: group };
      const own = { ...shared, durationSeconds: 0, maxFlows, domain, ring };
      const data: ThreadSettings = { to, wantsLargest, settings: own };
      const thread = new MeterWorker(file, data, `meter ${domain}`);
      threads.push(thread);
      group = await thread.opened;
    }
    const over = new Promise<void>((resolve) => {
      if (durationSeconds > 0) limit = setTimeout(resolve, durationSeconds * 1000);
    });
    // If the interface is removed, all threads end. A thread that fails ends the others.
    await Promise.race([stopped, over, ...threads.map(({ ended }) => ended)]);
    for (const thread of threads) thread.stop();
    return summed(await Promise.all(threads.map(({ ended }) => ended)));
  } finally {
    clearTimeout(limit);
    for (const thread of threads) thread.stop();
    await Promise.all(threads.map(({ exited }) => exited));
  }
}
