import type { Protocol } from "@ngflow/wire";

/** What the datagrams of a file are passed to. */
export interface DatagramVisitor {
  /** Protocols whose datagrams are wanted. */
  readonly protocols: readonly Protocol[];
  /** Datagrams of them so far. */
  readonly datagrams: number;
  /** Malformed parts so far. */
  readonly errors: number;
  /** Whether there is work to do before the next datagram, by `step`. */
  readonly isReady: boolean;
  step(): void;
  /**
   * Takes a datagram; its bytes are valid during the call.
   * @param port source port, 0 if not known
   * @param offset of the datagram in the file; 0 in captures
   * @param timeUs Unix microseconds at which it was captured; absent in files of datagrams
   */
  decode(bytes: Uint8Array, exporter: string, port: number, offset: number, timeUs?: number): void;
  /** Takes a problem of the file that does not end it. */
  error(who: object, code: string, message: string, offset: number): void;
}
