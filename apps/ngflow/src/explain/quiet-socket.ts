import { NgError } from "@ngflow/graph";
import { type PacketBatch } from "@ngflow/base";
import { type DatagramSocketStats, NO_DATAGRAMS, type SocketAddress, type SocketOption } from "@ngflow/os";
import type { HostSocket } from "@ngflow/nodes";

/** A socket that sends nothing: it stores its options and reports what it would have sent. */
export class QuietSocket implements HostSocket {
  readonly #sent: (packet: Uint8Array, to: SocketAddress | undefined) => void;
  #local: SocketAddress | undefined;
  /** Where datagrams would go; undefined before `connect`. */
  peer: SocketAddress | undefined;
  readonly #options = new Map<SocketOption, number>();
  #datagramsSent = 0;
  #bytesSent = 0;
  #sendErrors = 0;

  constructor(sent: (packet: Uint8Array, to: SocketAddress | undefined) => void) {
    this.#sent = sent;
  }

  bind(address: SocketAddress): void {
    this.#local = address;
  }

  connect(address: SocketAddress): void {
    this.peer = address;
  }

  listen(): void {}

  /** No peer ever connects. */
  accept(): undefined {}

  localAddress(): SocketAddress | undefined {
    return this.#local;
  }

  /** @throws NgError ENOTCONN. */
  peerAddress(): SocketAddress {
    if (this.peer === undefined) throw new NgError("ENOTCONN");
    return this.peer;
  }

  setOption(option: SocketOption, value: number): void {
    this.#options.set(option, value);
  }

  getOption(option: SocketOption): number {
    return this.#options.get(option) ?? 0;
  }

  enqueue(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      this.#sent(batch.packet(i), this.peer);
      if (this.peer === undefined) {
        this.#sendErrors++;
        continue;
      }
      this.#datagramsSent++;
      this.#bytesSent += batch.lengths[i]!;
    }
  }

  flush(): void {}

  receive(): void {}

  stats(): DatagramSocketStats {
    return {
      ...NO_DATAGRAMS,
      datagramsSent: this.#datagramsSent,
      bytesSent: this.#bytesSent,
      sendErrors: this.#sendErrors,
    };
  }

  close(): void {}
}
