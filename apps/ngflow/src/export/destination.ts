import type { PacketBatch } from "@ngflow/base";

/** Where `ngflow export` puts datagrams. */
export interface Destination {
  /** Takes the datagrams of a batch; they are copied or written before it returns. Returns 0. */
  send(batch: PacketBatch): number;
  /** Resolves when few enough datagrams wait that more may be given. */
  ready(): Promise<void> | undefined;
  /** Sends or writes what is left and closes. */
  close(): Promise<void>;
  /** Datagrams that could not be sent. */
  readonly sendErrors: number;
}
