import { decodeFile } from "../decode/decode-file.ts";
import { Pacer, type ReplayPace } from "./pacer.ts";
import { ReplayQueue } from "./replay-queue.ts";
import type { ReplaySender } from "./replay-sender.ts";

export interface ReplaySums {
  datagrams: number;
  bytes: number;
  /** What the files lack, a line each. */
  readonly problems: readonly string[];
}

/**
 * Sends the datagrams of files one after the other, each file at its own pace from its first datagram on.
 * @throws NgflowError as `decodeFile` does
 */
export async function replayFiles(
  files: readonly string[],
  sender: ReplaySender,
  pace: ReplayPace,
  stopped: Promise<unknown>,
): Promise<ReplaySums> {
  let isStopped = false;
  void stopped.then(() => (isStopped = true));
  const queue = new ReplayQueue();
  const sums = { datagrams: 0, bytes: 0, problems: queue.problems };
  for (const file of files) {
    const pacer = new Pacer(pace, stopped);
    const before = sums.datagrams;
    const sendWaiting = async (): Promise<void> => {
      for (const datagram of queue.take()) {
        if (!(await pacer.due(datagram.timeMs, sums.datagrams - before))) return;
        await sender.send(datagram);
        sums.datagrams++;
        sums.bytes += datagram.bytes.length;
      }
    };
    await decodeFile(file, queue, sendWaiting);
    await sendWaiting();
    if (isStopped) break;
  }
  return sums;
}
