import type { PacketBatch } from "@ngflow/base";

/** Where the datagrams of exporters go. */
export interface FleetSender {
  /** Takes datagrams of one exporter; they are copied or written before it returns. */
  send(batch: PacketBatch, exporter: number): void;
  /** Resolves when there is room for more datagrams of an exporter. */
  ready(exporter: number): Promise<void> | undefined;
  /** Sends or writes what waits and closes. */
  close(): Promise<void>;
  /** Closes after a failure; leaves a file that was there before. */
  discard(): void;
  /** The address of an exporter as the collector sees it, as text; empty where the system chose one. */
  addressOf(exporter: number): string;
  /** Datagrams that could not be sent or were refused. */
  readonly sendErrors: number;
  /** Those of them that reached a machine on which nothing listens. */
  readonly refused: number;
}
