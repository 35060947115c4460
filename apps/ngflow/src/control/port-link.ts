import type { ClientLink } from "./connection.ts";
import type { FromGraphThread, ThreadPort, ToGraphThread } from "./port-messages.ts";

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
    const bytes = frames.length === 1 ? frames[0]! : joined(frames);
    const answers = this.#answers;
    this.#frames = [];
    this.#answers = 0;
    this.#port.postMessage({ kind: "write", client: this.#client, bytes, answers }, [bytes.buffer as ArrayBuffer]);
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
