import type { ListenAddress } from "../config.ts";

/** What a receiver is given. */
export interface ReceiverConfig {
  readonly listen: readonly ListenAddress[];
  /** Receive buffer to request for every socket, bytes. */
  readonly receiveBufferBytes: number;
  /** Threads that receive; 1 or more. */
  readonly receivers: number;
  /** Memory for datagrams that were read and not decoded yet, bytes, of all threads. */
  readonly ringBytes: number;
}

/** Counters of a receiver, named as in metrics.ts. */
export interface ReceiverCounters {
  readonly datagramsReceived: number;
  readonly bytesReceived: number;
  readonly kernelDrops: number;
  readonly ringDropsShare: number;
  readonly ringBytes: number;
  readonly ringBytesMost: number;
  readonly receiveErrors: number;
  readonly receiveStallMsMost: number;
}

/** The counters of a receiver that has done nothing yet. */
export const NOTHING_RECEIVED: ReceiverCounters = {
  datagramsReceived: 0,
  bytesReceived: 0,
  kernelDrops: 0,
  ringDropsShare: 0,
  ringBytes: 0,
  ringBytesMost: 0,
  receiveErrors: 0,
  receiveStallMsMost: 0,
};

/** A bound socket. */
export interface ReceiverSocket extends ListenAddress {
  /** Receive buffer the kernel granted, as it reports it (twice the payload bytes on Linux). */
  readonly receiveBufferBytes: number;
}

/** Bound UDP sockets whose datagrams are passed to a sink, in the thread that made the receiver. */
export interface Receiver {
  readonly sockets: readonly ReceiverSocket[];
  counters(): ReceiverCounters;
  /** Of each thread; empty if there is one. */
  eachCounters(): readonly ReceiverCounters[];
  /** A number that grows at least four times a second while datagrams are received; null where nothing can stall. */
  beat(): number | null;
  /** The sources that keep their room when others send more than can be decoded, as text. */
  favour(sources: ReadonlySet<string>): void;
  /** Passes on what had arrived by now; takes at most two seconds. */
  drain(): Promise<void>;
  /** Passes on what had arrived by now, then closes the sockets. The counters stay readable. Safe to call twice. */
  close(): Promise<void>;
}
