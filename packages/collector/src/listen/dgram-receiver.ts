import type { Socket } from "node:dgram";
import { plainAddress } from "@ngflow/base";
import { bindDatagramSocket } from "./datagram-socket.ts";
import { isNoIpv6, listenError } from "./listen-error.ts";
import {
  NOTHING_RECEIVED,
  type Receiver,
  type ReceiverConfig,
  type ReceiverCounters,
  type ReceiverSocket,
} from "./receiver.ts";
import type { DatagramSink } from "./ring-reader.ts";

const DRAIN_STEP_MS = 10;
const DRAIN_LIMIT_MS = 2000;

/**
 * The receiver of systems other than Linux: node:dgram in the thread that decodes. It has no ring and no shares, what
 * the kernel drops is not known, and a datagram's time is when it was read.
 */
export class DgramReceiver implements Receiver {
  readonly sockets: readonly ReceiverSocket[];
  readonly #open: readonly Socket[];
  readonly #counters = { ...NOTHING_RECEIVED } as { -readonly [Name in keyof ReceiverCounters]: number };

  private constructor(open: readonly Socket[], sink: DatagramSink, onError: (error: Error) => void) {
    this.#open = open;
    this.sockets = open.map((socket) => {
      const { address, port } = socket.address();
      return { host: address, port, receiveBufferBytes: socket.getRecvBufferSize() };
    });
    for (const socket of open) {
      socket.on("error", onError);
      socket.on("message", (bytes, from) => {
        this.#counters.datagramsReceived++;
        this.#counters.bytesReceived += bytes.length;
        sink(bytes, 0, bytes.length, plainAddress(from.address), from.port, Date.now());
      });
    }
  }

  static async open(
    { listen, receiveBufferBytes }: ReceiverConfig,
    sink: DatagramSink,
    onError: (error: Error) => void,
  ): Promise<DgramReceiver> {
    const open: Socket[] = [];
    for (const address of listen) {
      try {
        const socket = await bindOrIpv4(address.host, address.port);
        open.push(socket);
        try {
          socket.setRecvBufferSize(receiveBufferBytes);
        } catch {
          // The system's own size stays.
        }
      } catch (error) {
        for (const socket of open) socket.close();
        throw listenError(address, error);
      }
    }
    return new DgramReceiver(open, sink, onError);
  }

  counters(): ReceiverCounters {
    return { ...this.#counters };
  }

  eachCounters(): readonly ReceiverCounters[] {
    return [];
  }

  beat(): null {
    return null;
  }

  favour(): void {}

  async drain(): Promise<void> {
    const endMs = performance.now() + DRAIN_LIMIT_MS;
    for (let before = -1; before !== this.#counters.datagramsReceived && performance.now() < endMs;) {
      before = this.#counters.datagramsReceived;
      // The sockets are read between the two, however late the timer is.
      await new Promise((resolve) => setTimeout(() => setImmediate(resolve), DRAIN_STEP_MS));
    }
  }

  #closed: Promise<void> | undefined;

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.drain();
    await Promise.all(this.#open.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }
}

async function bindOrIpv4(host: string, port: number): Promise<Socket> {
  try {
    return await bindDatagramSocket(host, port);
  } catch (error) {
    if (host !== "::" || !isNoIpv6(error)) throw error;
    return await bindDatagramSocket("0.0.0.0", port);
  }
}
