import { parentPort, workerData } from "node:worker_threads";
import { meterInterface } from "./meter-interface.ts";
import type { ThreadSettings } from "./meter-threads.ts";
import { exportTo } from "./outcome.ts";
import { runThread, sendMessage } from "./run-thread.ts";
import { openShareable } from "./open-destination.ts";

// One of the threads of `ngflow export -i IF --workers N`: its own ring, flow cache and socket. The only message to it
// is to stop.

const { to, wantsLargest, settings } = workerData as ThreadSettings;
const stopped = new Promise<void>((resolve) => parentPort!.once("message", () => resolve()));
const opened = (group = 0): void => sendMessage({ kind: "opened", group });

runThread(async () =>
  exportTo(await openShareable(to), wantsLargest, async (destination) => ({
    stats: await meterInterface({ ...settings, stopped, opened }, destination),
    damage: null,
  })),
);
