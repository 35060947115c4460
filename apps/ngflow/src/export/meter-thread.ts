import { parentPort, workerData } from "node:worker_threads";
import { failureOf, NgflowError } from "@ngflow/base";
import { meterInterface } from "./meter-interface.ts";
import type { ThreadSettings, ThreadMessage } from "./meter-threads.ts";
import { openUdp } from "./udp-destination.ts";

// One of the threads of `ngflow export -i IF --workers N`: its own ring, flow cache and socket. The only message to it
// is to stop.

function send(message: ThreadMessage): void {
  parentPort!.postMessage(message);
}

async function run({ to, settings }: ThreadSettings): Promise<void> {
  const stopped = new Promise<void>((resolve) => parentPort!.once("message", () => resolve()));
  const destination = await openUdp(to);
  const opened = (group = 0): void => send({ kind: "opened", group });
  const stats = await meterInterface({ ...settings, stopped, opened }, destination);
  await destination.close();
  send({ kind: "ended", stats: { ...stats, sendErrors: destination.sendErrors } });
  parentPort!.close();
}

run(workerData as ThreadSettings).catch((error: unknown) => {
  if (!(error instanceof NgflowError)) throw error;
  send({ kind: "failed", failure: failureOf(error) });
  parentPort!.close();
});
