import { formatIp, PacketBatch, parseIp } from "@ngflow/base";
import { KernelError } from "@ngflow/os";
import { type SocketAddress, SpoofingSocket } from "@ngflow/os/udp";
import type { Destination } from "../export/destination.ts";
import { openUdp } from "../export/udp-destination.ts";
import { ReplayError } from "./errors.ts";
import type { ReplayDatagram } from "./replay-queue.ts";

/** Sockets at most; further senders share them. */
const SOCKETS_MOST = 1024;
/** Datagrams that wait for the system at most. Above it, reading pauses. */
const WAITING_MOST = 256;

/** Sends datagrams of several senders to one collector. */
export interface ReplaySender {
  send(datagram: ReplayDatagram): Promise<void>;
  close(): Promise<void>;
  /** Senders seen. */
  readonly senders: number;
  readonly sendErrors: number;
  readonly refused: number;
}

/**
 * A socket for every sender in the capture, so that the collector tells them apart: on 127.0.0.0/8 an address each
 * (127.1.0.1 and up), elsewhere a source port each.
 */
export class SocketPerSender implements ReplaySender {
  readonly #to: string;
  readonly #loopback: boolean;
  readonly #bySender = new Map<string, Destination>();
  readonly #sockets: Destination[] = [];

  constructor(to: string) {
    this.#to = to;
    this.#loopback = to.startsWith("udp://127.");
  }

  get senders(): number {
    return this.#bySender.size;
  }

  get sendErrors(): number {
    return this.#sockets.reduce((sum, socket) => sum + socket.sendErrors, 0);
  }

  get refused(): number {
    return this.#sockets.reduce((sum, socket) => sum + socket.refused, 0);
  }

  async send({ bytes, address, port }: ReplayDatagram): Promise<void> {
    const socket = await this.#socketOf(`${address} ${port}`);
    socket.send(PacketBatch.of(bytes));
    await socket.ready();
  }

  async #socketOf(sender: string): Promise<Destination> {
    const known = this.#bySender.get(sender);
    if (known !== undefined) return known;
    const number = this.#bySender.size + 1;
    let socket = this.#sockets[number % SOCKETS_MOST];
    if (this.#sockets.length < SOCKETS_MOST || socket === undefined) {
      const own = Uint8Array.of(127, 1, number >>> 8, number & 0xff);
      socket = await openUdp(this.#to, this.#loopback ? own : undefined);
      this.#sockets.push(socket);
    }
    this.#bySender.set(sender, socket);
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) await socket.close();
  }
}

/** Sends from the addresses and ports that the capture has. */
export class OriginalSender implements ReplaySender {
  readonly #socket: SpoofingSocket;
  readonly #senders = new Map<string, Uint8Array | undefined>();
  #accepted = 0;
  #foreign = 0;

  /** @throws ReplayError if the system does not allow it. */
  constructor(to: string, target: SocketAddress & { readonly family: "inet" | "inet6" }) {
    try {
      this.#socket = new SpoofingSocket(target);
    } catch (cause) {
      const why =
        cause instanceof KernelError && cause.code === "EPERM" ? "it needs CAP_NET_RAW (root)" : String(cause);
      throw new ReplayError(
        "replay-source",
        `--keep-source to ${to}: ${why}; leave it out to send from own addresses`,
        {
          cause,
        },
      );
    }
  }

  get senders(): number {
    return this.#senders.size;
  }

  get sendErrors(): number {
    const { sendErrors, overflowed } = this.#socket.stats();
    return sendErrors + overflowed + this.#foreign;
  }

  readonly refused = 0;

  async send({ bytes, address, port }: ReplayDatagram): Promise<void> {
    const source = this.#sourceOf(address);
    if (source === undefined) {
      this.#foreign++;
      return;
    }
    this.#accepted++;
    this.#socket.enqueue(bytes, 0, bytes.length, source, port);
    this.#socket.flush();
    while (this.#waiting() > WAITING_MOST) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #waiting(): number {
    const { datagramsSent, sendErrors, overflowed } = this.#socket.stats();
    return this.#accepted - datagramsSent - sendErrors - overflowed;
  }

  /** The address in the family of the collector; undefined if there is none. */
  #sourceOf(address: string): Uint8Array | undefined {
    if (this.#senders.has(address)) return this.#senders.get(address);
    const bytes = parseIp(address)!;
    const isIpv4 = !formatIp(bytes, 0).includes(":");
    const fits = isIpv4 === (this.#socket.family === "inet") && address !== "0.0.0.0";
    const source = fits ? (isIpv4 ? bytes.subarray(12) : bytes) : undefined;
    if (this.#senders.size < 65_536) this.#senders.set(address, source);
    return source;
  }

  async close(): Promise<void> {
    while (this.#waiting() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    this.#socket.close();
  }
}
