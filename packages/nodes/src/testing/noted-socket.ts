import type { PacketBatch } from "@ngflow/base";
import type { HostSocket } from "../ksocket/host-socket.ts";
import { type DatagramSocketStats, NO_DATAGRAMS, type SocketAddress } from "@ngflow/os";

const ADDRESS_BYTES = 16;
const FAMILY_INET = 2;

/** A socket that sends nothing and notes its calls, as the socket layer under the observed data does. */
export class NotedSocket implements HostSocket {
  readonly #note: (event: unknown) => void;
  #queued: number[] = [];

  constructor(note: (event: unknown) => void) {
    this.#note = note;
  }

  bind(_address: SocketAddress): void {
    this.#note({ socketCall: "sobind", args: [FAMILY_INET, ADDRESS_BYTES, 0] });
  }

  connect(_address: SocketAddress): void {
    this.#note({ socketCall: "soconnect", args: [FAMILY_INET, ADDRESS_BYTES, 0] });
  }

  listen(): void {}

  accept(): undefined {}

  localAddress(): SocketAddress | undefined {
    return undefined;
  }

  peerAddress(): SocketAddress {
    return { family: "inet", address: new Uint8Array(4), port: 0, flowInfo: 0, scopeId: 0 };
  }

  setOption(): void {}

  getOption(): number {
    return 0;
  }

  enqueue(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) this.#queued.push(batch.lengths[i]!);
  }

  flush(): void {
    for (const length of this.#queued) this.#note({ socketCall: "sosend", args: [length, 0, 0] });
    this.#queued = [];
  }

  receive(): void {}

  stats(): DatagramSocketStats {
    return NO_DATAGRAMS;
  }

  close(): void {
    this.flush();
    this.#note({ socketCall: "soclose", args: [0, 0, 0] });
  }
}
