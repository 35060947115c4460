import { workerData } from "node:worker_threads";
import type { CaptureThreadSettings } from "./capture-threads.ts";
import { meterCapture } from "./meter-capture.ts";
import { exportTo } from "./outcome.ts";
import { runThread } from "./run-thread.ts";
import { openShareable } from "./open-destination.ts";

// One of the threads of `ngflow export -r FILE --workers N`. It reads the file itself and meters its share of it.

const { to, wantsLargest, settings } = workerData as CaptureThreadSettings;

// The thread that reads the first share reports damage of the file.
runThread(async () =>
  exportTo(await openShareable(to), wantsLargest, (destination) => meterCapture(settings, destination)),
);
