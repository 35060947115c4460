import type { ReceiverCounters } from "./receiver.ts";

/** The counters of several receivers as those of one: sums, and the largest of what is a highest value. */
export function summedCounters(each: readonly ReceiverCounters[]): ReceiverCounters {
  const sum = (name: keyof ReceiverCounters): number => each.reduce((total, counters) => total + counters[name], 0);
  const most = (name: keyof ReceiverCounters): number => Math.max(...each.map((counters) => counters[name]));
  return {
    datagramsReceived: sum("datagramsReceived"),
    bytesReceived: sum("bytesReceived"),
    kernelDrops: sum("kernelDrops"),
    ringDropsShare: sum("ringDropsShare"),
    ringBytes: sum("ringBytes"),
    ringBytesMost: most("ringBytesMost"),
    receiveErrors: sum("receiveErrors"),
    receiveStallMsMost: most("receiveStallMsMost"),
  };
}

/** One beat of several: it changes when every one of them has changed since its last change. */
export class CommonBeat {
  #beats: readonly number[];
  #beat = 0;

  /** @param beats of now */
  constructor(beats: readonly number[]) {
    this.#beats = beats;
  }

  of(beats: readonly number[]): number {
    if (beats.every((beat, i) => beat !== this.#beats[i])) {
      this.#beats = beats;
      this.#beat++;
    }
    return this.#beat;
  }
}
