import type { PacketBatch } from "@ngflow/base";

/** What an ether node receives from its interface. Batches are borrowed: valid until the call returns. */
export interface EtherSink {
  /** Frames that arrived from the wire: complete from the destination address on, without trailing checksum. */
  received(batch: PacketBatch): void;
  /** Frames that the host sends. */
  sent(batch: PacketBatch): void;
}

/** Totals of an interface while it was captured; unknown figures are 0. */
export interface EtherInterfaceStats {
  /** Frames that the capture saw, dropped ones included. */
  readonly packetsSeen: number;
  /** Frames dropped before this process could see them. */
  readonly packetsDropped: number;
  /** Times that the capture found no free buffer. */
  readonly freezes: number;
  /** Frames that the interface itself counted in that time, in both directions; absent where it is not known. */
  readonly packetsOnInterface?: number | undefined;
  /** Frames that waited in a buffer of the capture when it ended. */
  readonly packetsLeft?: number;
  /** Frames to be sent or given to the host that were not taken. Inline only. */
  readonly packetsRefused?: number;
  /** Frames that bypassed the node because its thread did not run for a second. Inline only. */
  readonly packetsBypassed?: number;
  /** Times that this happened. Inline only. */
  readonly bypasses?: number;
  /** For how long in all, milliseconds. Inline only. */
  readonly bypassedMs?: number;
}

/**
 * A network interface under an ether node. With `transmit` and `inject` it is between wire and host: captured frames
 * go nowhere unless the node passes them on. Without them it observes: captured frames are copies, and the
 * originals pass by.
 */
export interface EtherInterface {
  /** Name of the interface; the node's name is made from it. */
  readonly name: string;
  readonly index: number;
  /** Six bytes. */
  readonly mac: Uint8Array;
  /** Whether frames can be sent: up and running. Asked once per batch, so it must be cheap. */
  isUp(): boolean;
  /**
   * Begins to deliver to `sink`.
   * @throws NgError with the reason, EPERM where capture is not allowed.
   */
  start(sink: EtherSink): void;
  /** Ends delivery and frees what it cost. Safe to call twice. */
  stop(): void;
  /** Delivers every frame captured until now and captures no more, so that a final count is exact. */
  drain?(): void;
  /** Sends frames out of the interface. Returns 0 or an errno. */
  transmit?(batch: PacketBatch): number;
  /** The same with the source address of every frame replaced; without it the node sends copies. */
  transmitFrom?(source: Uint8Array, batch: PacketBatch): number;
  /** Gives frames to the host as if they had been received. Returns 0 or an errno. */
  inject?(batch: PacketBatch): number;
  /** @throws NgError with the interface's refusal. */
  setPromiscuous?(on: boolean): void;
  /** @throws NgError with the interface's refusal. */
  setMac?(mac: Uint8Array): void;
  /** Joins (`on`) or leaves a multicast group. @throws NgError with the interface's refusal. */
  setMulticast?(group: Uint8Array, on: boolean): void;
  stats(): EtherInterfaceStats;
}
