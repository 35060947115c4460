import type { ClientLink } from "./connection.ts";
import type { FromGraphThread, ThreadPort, ToGraphThread } from "./port-messages.ts";

/** Bytes of a frame that is sent alone. */
const LONG = 32 * 1024;

/**
 * Sends to a client whose socket is in another thread. Everything written within one turn is sent as one message, so
 * that a batch of packets for a client costs one message.
 */
export class PortLink implements ClientLink {
  readonly #client: number;
  readonly #port: ThreadPort<FromGraphThread, ToGraphThread>;
  #frames: Uint8Array[] = [];
  #answers = 0;
  #waitingBytes = 0;
  #closed = false;

  constructor(client: number, port: ThreadPort<FromGraphThread, ToGraphThread>) {
    this.#client = client;
    this.#port = port;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(frame: Uint8Array, answers: boolean): void {
    if (this.#frames.length === 0) queueMicrotask(() => this.#flush());
    this.#frames.push(frame);
    this.#waitingBytes += frame.length;
    if (answers) this.#answers++;
  }

  #flush(): void {
    const frames = this.#frames;
    if (frames.length === 0 || this.#closed) return;
    const answers = this.#answers;
    this.#frames = [];
    this.#answers = 0;
    // Small frames become one message; to join long ones would take longer than to send them.
    const isLong = frames.some((frame) => frame.length > LONG);
    const pieces = isLong ? frames : [joined(frames)];
    for (const [i, bytes] of pieces.entries()) {
      const last = i === pieces.length - 1;
      this.#post(bytes, last ? answers : 0);
    }
  }

  #post(bytes: Uint8Array, answers: number): void {
    const whole = bytes.byteLength === bytes.buffer.byteLength;
    const transfer = whole ? [bytes.buffer as ArrayBuffer] : [];
    this.#port.postMessage({ kind: "write", client: this.#client, bytes, answers }, transfer);
  }

  /** The socket's thread reports that bytes have left the process. */
  taken(bytes: number): void {
    this.#waitingBytes -= bytes;
  }

  end(): void {
    this.#close("end");
  }

  destroy(): void {
    this.#close("destroy");
  }

  #close(kind: "end" | "destroy"): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#port.postMessage({ kind, client: this.#client });
  }

  /** The socket's thread reports that the connection is closed. */
  gone(): void {
    this.#closed = true;
    this.#frames = [];
  }
}

function joined(frames: readonly Uint8Array[]): Uint8Array {
  if (frames.length === 1) return frames[0]!;
  let length = 0;
  for (const frame of frames) length += frame.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}
