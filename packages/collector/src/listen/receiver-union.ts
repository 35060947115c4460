import type { Receiver, ReceiverCounters, ReceiverSocket } from "./receiver.ts";
import { CommonBeat, summedCounters } from "./receivers-as-one.ts";

/** Receivers of different addresses as one: those of the start, and those that were added while it runs. */
export class ReceiverUnion implements Receiver {
  readonly #receivers: readonly Receiver[];
  readonly #beat = new CommonBeat([]);

  constructor(receivers: readonly Receiver[]) {
    this.#receivers = receivers;
  }

  get sockets(): readonly ReceiverSocket[] {
    return this.#receivers.flatMap(({ sockets }) => sockets);
  }

  counters(): ReceiverCounters {
    return summedCounters(this.#receivers.map((receiver) => receiver.counters()));
  }

  eachCounters(): readonly ReceiverCounters[] {
    return this.#receivers.flatMap((receiver) => {
      const each = receiver.eachCounters();
      return each.length === 0 ? [receiver.counters()] : each;
    });
  }

  /** Changes when every receiver has lived since its last change; null where none can stall. */
  beat(): number | null {
    const beats = this.#receivers.map((receiver) => receiver.beat()).filter((beat) => beat !== null);
    return beats.length === 0 ? null : this.#beat.of(beats);
  }

  favour(sources: ReadonlySet<string>): void {
    for (const receiver of this.#receivers) receiver.favour(sources);
  }

  async drain(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => receiver.drain()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => receiver.close()));
  }
}
