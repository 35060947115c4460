import { u16be, u32be } from "@ngflow/base";
import { type Protocol, protocolOf, PROTOCOLS } from "@ngflow/wire";
import type { DatagramVisitor } from "../decode/datagram-visitor.ts";

/** A datagram to send. */
export interface ReplayDatagram {
  readonly bytes: Uint8Array;
  /** Address and port that it was captured from; 0.0.0.0 and 0 if not known. */
  readonly address: string;
  readonly port: number;
  /** Unix milliseconds at which it was captured, else when the exporter says that it was made. */
  readonly timeMs: number;
}

/** Where the export time is: seconds of v1 to v9 are at 8, of IPFIX at 4; sFlow has none. */
const SECONDS_AT: Readonly<Record<number, number>> = { 1: 8, 5: 8, 7: 8, 9: 8, 10: 4 };

/** Keeps the datagrams of a part of a file until they are sent. */
export class ReplayQueue implements DatagramVisitor {
  readonly protocols: readonly Protocol[] = PROTOCOLS;
  readonly errors = 0;
  readonly isReady = false;
  datagrams = 0;
  /** What the file lacks, a line each. */
  readonly problems: string[] = [];
  #waiting: ReplayDatagram[] = [];
  #lastMs = 0;

  step(): void {}

  decode(bytes: Uint8Array, address: string, port: number, _offset: number, timeUs?: number): void {
    if (protocolOf(bytes, 0, bytes.length) === undefined) return;
    this.datagrams++;
    if (timeUs !== undefined) this.#lastMs = timeUs / 1000;
    else {
      const at = SECONDS_AT[u16be(bytes, 0)];
      if (at !== undefined && bytes.length >= at + 4) this.#lastMs = u32be(bytes, at) * 1000;
    }
    this.#waiting.push({ bytes: bytes.slice(), address, port, timeMs: this.#lastMs });
  }

  error(_who: object, _code: string, message: string): void {
    this.problems.push(message);
  }

  /** The datagrams kept so far, which leave the queue. */
  take(): readonly ReplayDatagram[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }
}
