import type { PacketBatch } from "@ngflow/base";
import type { SocketAddress } from "./socket-address.ts";

/** Totals of a datagram socket. Every datagram given to `enqueue` ends as sent, failed or overflowed. */
export interface DatagramSocketStats {
  readonly datagramsSent: number;
  readonly bytesSent: number;
  /** Datagrams the system did not take: no peer, too long, no route. */
  readonly sendErrors: number;
  /** Reports that a datagram sent earlier reached a host where nothing listens (ICMP port unreachable). */
  readonly refused: number;
  /** Datagrams given while the queue was full because the socket took no more. */
  readonly overflowed: number;
  readonly datagramsReceived: number;
  readonly bytesReceived: number;
}

/** The totals of a socket that has done nothing yet. */
export const NO_DATAGRAMS: DatagramSocketStats = {
  datagramsSent: 0,
  bytesSent: 0,
  sendErrors: 0,
  refused: 0,
  overflowed: 0,
  datagramsReceived: 0,
  bytesReceived: 0,
};

/** Options of a socket under their own names; each system has its own numbers. */
export type SocketOption = "sendBuffer" | "receiveBuffer" | "reuseAddress" | "reusePort" | "broadcast" | "ttl" | "tos";

/** A UDP socket that never makes its caller wait. Errors of the control operations are KernelError. */
export interface DatagramSocket {
  bind(address: SocketAddress): void;
  /** Sets or replaces the peer. */
  connect(address: SocketAddress): void;
  localAddress(): SocketAddress | undefined;
  /** @throws KernelError ENOTCONN. */
  peerAddress(): SocketAddress;
  setOption(option: SocketOption, value: number): void;
  getOption(option: SocketOption): number;
  /** Copies datagrams into the send queue. */
  enqueue(batch: PacketBatch): void;
  /** Gives the queue to the system; what it does not take now goes out when it can. */
  flush(): void;
  /** Delivers arriving datagrams, each a packet of a borrowed batch whose times are 0. */
  receive(deliver: (batch: PacketBatch) => void): void;
  stats(): DatagramSocketStats;
  /** Sends what is queued, waiting a little if it must, and closes. Nothing is delivered afterwards. */
  close(): void;
}

/** Opens a socket of a family. @throws KernelError. */
export type OpenDatagramSocket = (family: "inet" | "inet6") => DatagramSocket;
