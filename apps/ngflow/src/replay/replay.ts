import { setTimeout as sleep } from "node:timers/promises";
import { decodeFile } from "../decode/decode-file.ts";
import { ReplayQueue } from "./replay-queue.ts";
import type { ReplaySender } from "./replay-sender.ts";

/** At what pace datagrams are sent. */
export interface ReplayPace {
  /** Times their own pace; Infinity for as fast as possible. Ignored if there is a rate. */
  readonly speed: number;
  /** Datagrams every second. */
  readonly rate: number | undefined;
}

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
  { speed, rate }: ReplayPace,
  stopped: Promise<unknown>,
): Promise<ReplaySums> {
  let isStopped = false;
  void stopped.then(() => (isStopped = true));
  const queue = new ReplayQueue();
  const sums = { datagrams: 0, bytes: 0, problems: queue.problems };
  for (const file of files) {
    const began = performance.now();
    const before = sums.datagrams;
    let firstMs: number | undefined;
    const sendWaiting = async (): Promise<void> => {
      for (const datagram of queue.take()) {
        firstMs ??= datagram.timeMs;
        const ownMs = speed === Infinity ? 0 : (datagram.timeMs - firstMs) / speed;
        const dueMs = rate === undefined ? ownMs : ((sums.datagrams - before) * 1000) / rate;
        for (;;) {
          const waitMs = began + dueMs - performance.now();
          if (isStopped || waitMs <= 0) break;
          await Promise.race([sleep(Math.min(1000, Math.max(1, waitMs))), stopped]);
        }
        if (isStopped) return;
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
