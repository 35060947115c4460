import { u16be } from "@ngflow/base";
import { IPFIX_HEADER_LENGTH, IPFIX_VERSION } from "./layout.ts";

/** Receives the message in `bytes[start, end)`, which is valid until the call returns. */
export type FramedMessage = (bytes: Uint8Array, start: number, end: number) => void;

/** Why a stream is not one of IPFIX messages: another version than 10, or a length below that of the header. */
export type StreamFault = "stream-version" | "stream-length";

/** Version and length: what has to be there before the end of a message is known. */
const LENGTH_BYTES = 4;
const MAX_MESSAGE_BYTES = 65_535;

/**
 * Splits a stream of IPFIX messages by the length in their headers (RFC 7011 sections 3.1 and 10.4). Keeps at most the
 * part of one message, 65,535 bytes. After a fault it takes nothing more: the start of the next message is unknown.
 */
export class MessageFramer {
  /** What ended the stream. */
  fault: StreamFault | undefined;
  /** The version number or the length of the fault. */
  faultValue = 0;
  readonly #sink: FramedMessage;
  #kept = new Uint8Array(0);
  #used = 0;

  constructor(sink: FramedMessage) {
    this.#sink = sink;
  }

  /** Bytes of a message that is not complete. */
  get pendingBytes(): number {
    return this.#used;
  }

  /** Takes the next bytes of the stream and passes on every message that is complete. Returns their number. */
  push(chunk: Uint8Array): number {
    let count = 0;
    let o = 0;
    while (this.fault === undefined && o < chunk.length) {
      if (this.#used > 0) {
        o = this.#complete(chunk, o);
        if (this.#used > 0) return count;
        count++;
        continue;
      }
      const end = chunk.length - o < LENGTH_BYTES ? Infinity : this.#endOf(chunk, o);
      if (this.fault !== undefined) return count;
      if (end > chunk.length) {
        this.#keep(chunk, o, chunk.length);
        return count;
      }
      this.#sink(chunk, o, end);
      count++;
      o = end;
    }
    return count;
  }

  /** Adds bytes to the message that is not complete; passes it on when it is. Returns where the chunk goes on. */
  #complete(chunk: Uint8Array, from: number): number {
    let o = from;
    if (this.#used < LENGTH_BYTES) {
      const next = Math.min(chunk.length, o + LENGTH_BYTES - this.#used);
      this.#keep(chunk, o, next);
      o = next;
      if (this.#used < LENGTH_BYTES) return o;
    }
    const end = this.#endOf(this.#kept, 0);
    if (this.fault !== undefined) return o;
    const next = Math.min(chunk.length, o + end - this.#used);
    this.#keep(chunk, o, next);
    if (this.#used === end) {
      this.#used = 0;
      this.#sink(this.#kept, 0, end);
    }
    return next;
  }

  /** Where the message at `o` ends; sets the fault when none begins there. */
  #endOf(bytes: Uint8Array, o: number): number {
    const version = u16be(bytes, o);
    const length = u16be(bytes, o + 2);
    if (version !== IPFIX_VERSION) {
      this.fault = "stream-version";
      this.faultValue = version;
    } else if (length < IPFIX_HEADER_LENGTH) {
      this.fault = "stream-length";
      this.faultValue = length;
    }
    return o + length;
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    const needed = this.#used + end - start;
    if (needed > this.#kept.length) {
      const larger = new Uint8Array(Math.min(MAX_MESSAGE_BYTES, 2 ** Math.ceil(Math.log2(Math.max(needed, 512)))));
      larger.set(this.#kept.subarray(0, this.#used));
      this.#kept = larger;
    }
    this.#kept.set(chunk.subarray(start, end), this.#used);
    this.#used = needed;
  }
}
