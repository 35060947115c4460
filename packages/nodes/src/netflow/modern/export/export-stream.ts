import type { DatagramQueue } from "./datagram-queue.ts";
import type { FlowTable } from "../cache/flow-table.ts";
import type { LeavingRecords } from "../expiry/leaving-records.ts";
import type { OptionsFacts } from "./options-records.ts";

/** Bytes below a datagram: IPv6 and UDP headers. */
export const HEADERS_BELOW = 48;

/** What all streams of a node share; messages change the first three. */
export interface StreamSettings {
  /** Templates go out again after so many seconds or so many datagrams. */
  templateSeconds: number;
  templateDatagrams: number;
  mtu: number;
  /** Unix milliseconds at which the uptime began; moves along when the clock is set. */
  bootMs: number;
  readonly observationDomainId: number;
  /** Bits of the optional groups in the templates. */
  groups: number;
  /** Flows with a tag have templates of their own, with their VLANs. */
  taggedApart: boolean;
  /** Where options records get their values. */
  readonly options: OptionsFacts;
}

/**
 * Writes flow records into datagrams of one protocol. A datagram is begun by its first record, and finished when the
 * next one would not fit or when `flush` finds it too old.
 */
export interface ExportStream {
  readonly version: 5 | 9 | 10;
  readonly queue: DatagramQueue;
  /** Flow records written. */
  readonly records: number;
  /** Unix microseconds at which the open datagram was begun; infinite while none is open. */
  readonly openedUs: number;
  /** Writes the record that begins at word `r` of the table. */
  add(table: FlowTable, r: number, endReason: number, nowUs: number): void;
  /** Writes records of the table, as many calls of `add` would. */
  addMany(table: FlowTable, leaving: LeavingRecords, nowUs: number): void;
  /** Finishes the open datagram, if there is one. */
  finish(nowUs: number): void;
  /** Follows a change of the mtu or of the groups. */
  resize(nowUs: number): void;
  /** Sends the templates and options again with the next record. */
  announce(): void;
  /**
   * Writes a flow of both directions as one record: forward at word `r`, reverse at `reverse`. False where the protocol
   * has no such record, or the choice of fields has none.
   */
  addPair(table: FlowTable, r: number, reverse: number, endReason: number, nowUs: number): boolean;
}
