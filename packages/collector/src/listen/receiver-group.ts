import type { Receiver, ReceiverCounters, ReceiverSocket } from "./receiver.ts";
import { CommonBeat, summedCounters } from "./receivers-as-one.ts";
import type { ThreadReceiver } from "./thread-receiver.ts";

/**
 * Several receivers of the same addresses as one. The kernel hands all datagrams of a sender's address and port to the
 * same one, so what belongs to a transport session stays in order. All pass on in the thread that made them, in turns.
 */
export class ReceiverGroup implements Receiver {
  readonly sockets: readonly ReceiverSocket[];
  readonly #receivers: readonly ThreadReceiver[];
  readonly #beat: CommonBeat;

  /** @param receivers two or more; the first one has a socket for every address */
  constructor(receivers: readonly ThreadReceiver[]) {
    this.#receivers = receivers;
    const least = Math.min(...receivers.flatMap(({ sockets }) => sockets.map((each) => each.receiveBufferBytes)));
    this.sockets = receivers[0]!.sockets.map((socket) => ({ ...socket, receiveBufferBytes: least }));
    this.#beat = new CommonBeat(receivers.map((receiver) => receiver.beat()));
  }

  counters(): ReceiverCounters {
    return summedCounters(this.eachCounters());
  }

  eachCounters(): readonly ReceiverCounters[] {
    return this.#receivers.map((receiver) => receiver.counters());
  }

  /** Changes when every thread has lived since its last change. */
  beat(): number {
    return this.#beat.of(this.#receivers.map((receiver) => receiver.beat()));
  }

  favour(sources: ReadonlySet<string>): void {
    for (const receiver of this.#receivers) receiver.favour(sources);
  }

  async drain(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => receiver.drain()));
  }

  /** No socket is closed before all threads have ended: the kernel would hand its senders to the others. */
  async close(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => receiver.finish()));
    await Promise.all(this.#receivers.map((receiver) => receiver.close()));
  }
}
