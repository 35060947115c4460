import type { PacketBatch } from "@ngflow/base";

/** Destination of the datagrams of `ngflow export`. */
export interface Destination {
  /** Takes the datagrams of a batch; they are copied or written before it returns. Returns 0. */
  send(batch: PacketBatch): number;
  /** Resolves when the queue of datagrams has room for more. */
  ready(): Promise<void> | undefined;
  /** Sends or writes pending datagrams and closes. */
  close(): Promise<void>;
  /** Closes and leaves what was there before, as far as that is possible. */
  discard(): void;
  /** Datagrams that could not be sent, or were refused. */
  readonly sendErrors: number;
  /** Those of them that reached a machine on which nothing listens. */
  readonly refused: number;
}
