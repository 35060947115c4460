import { createSocket, type Socket } from "node:dgram";
import { formatIpv4, formatIpv6, PacketBatch, parseIp } from "@ngflow/base";
import { type DatagramSocket, type DatagramSocketStats, type SocketOption, NO_DATAGRAMS } from "./datagram-socket.ts";
import { KernelError, LINUX } from "../linux-errno.ts";
import type { SocketAddress } from "./socket-address.ts";

/** Datagrams that wait inside Node at most; more are counted as overflowed. */
const PENDING_DATAGRAMS = 1024;

/**
 * A UDP socket over node:dgram, for systems without the Linux one. Sends complete after the call, so errors are only
 * counted, and what is pending at `close` is sent before the descriptor goes.
 */
export class DgramSocket implements DatagramSocket {
  readonly #socket: Socket;
  readonly #family: "inet" | "inet6";
  #peer: SocketAddress | undefined;
  #local: SocketAddress | undefined;
  #queued: Uint8Array[] = [];
  #pending = 0;
  #closed = false;
  #deliver: ((batch: PacketBatch) => void) | undefined;
  readonly #counts = { ...NO_DATAGRAMS };

  constructor(family: "inet" | "inet6") {
    this.#family = family;
    this.#socket = createSocket({ type: family === "inet" ? "udp4" : "udp6" });
    this.#socket.unref();
    this.#socket.on("error", () => {
      this.#counts.sendErrors++;
    });
    this.#socket.on("message", (bytes) => {
      this.#counts.datagramsReceived++;
      this.#counts.bytesReceived += bytes.length;
      if (!this.#closed) this.#deliver?.(PacketBatch.of(bytes));
    });
  }

  bind(address: SocketAddress): void {
    if (this.#local !== undefined) throw new KernelError(LINUX.EINVAL, "the UDP socket is bound already");
    this.#local = address;
    this.#socket.bind({ address: textOf(address), port: address.port });
  }

  connect(address: SocketAddress): void {
    if (address.family !== this.#family) throw new KernelError(LINUX.EAFNOSUPPORT, "the peer is of another family");
    this.#peer = address;
  }

  localAddress(): SocketAddress | undefined {
    try {
      const { address, port } = this.#socket.address();
      const bytes = parseIp(address);
      if (bytes === undefined) return undefined;
      const family = this.#family;
      return { family, address: family === "inet" ? bytes.subarray(12) : bytes, port, flowInfo: 0, scopeId: 0 };
    } catch {
      const zeros = new Uint8Array(this.#family === "inet" ? 4 : 16);
      return this.#local ?? { family: this.#family, address: zeros, port: 0, flowInfo: 0, scopeId: 0 };
    }
  }

  peerAddress(): SocketAddress {
    if (this.#peer === undefined) throw new KernelError(LINUX.ENOTCONN, "the UDP socket has no peer");
    return this.#peer;
  }

  setOption(option: SocketOption, value: number): void {
    if (option === "sendBuffer") this.#socket.setSendBufferSize(value);
    else if (option === "receiveBuffer") this.#socket.setRecvBufferSize(value);
    else if (option === "broadcast") this.#socket.setBroadcast(value !== 0);
    else if (option === "ttl") this.#socket.setTTL(value);
    else throw new KernelError(LINUX.ENOPROTOOPT, `socket option ${option} is not available here`);
  }

  getOption(option: SocketOption): number {
    if (option === "sendBuffer") return this.#socket.getSendBufferSize();
    if (option === "receiveBuffer") return this.#socket.getRecvBufferSize();
    throw new KernelError(LINUX.ENOPROTOOPT, `socket option ${option} cannot be read here`);
  }

  enqueue(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      if (this.#closed || this.#pending + this.#queued.length >= PENDING_DATAGRAMS) this.#counts.overflowed++;
      else this.#queued.push(batch.packet(i).slice());
    }
  }

  flush(): void {
    const queued = this.#queued;
    const peer = this.#peer;
    this.#queued = [];
    if (peer === undefined) {
      this.#counts.sendErrors += queued.length;
      return;
    }
    for (const bytes of queued) {
      this.#pending++;
      this.#socket.send(bytes, peer.port, textOf(peer), (error) => this.#sent(error, bytes.length));
    }
  }

  #sent(error: Error | null, bytes: number): void {
    this.#pending--;
    if (error === null) {
      this.#counts.datagramsSent++;
      this.#counts.bytesSent += bytes;
    } else {
      if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") this.#counts.refused++;
      this.#counts.sendErrors++;
    }
    if (this.#closed && this.#pending === 0) this.#socket.close();
  }

  receive(deliver: (batch: PacketBatch) => void): void {
    this.#deliver = deliver;
  }

  stats(): DatagramSocketStats {
    return { ...this.#counts };
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#deliver = undefined;
    if (this.#pending === 0) this.#socket.close();
  }
}

function textOf({ family, address }: SocketAddress): string {
  return family === "inet" ? formatIpv4(address) : formatIpv6(address);
}
