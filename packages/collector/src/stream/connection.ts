import type { Socket } from "node:net";
import { MessageFramer, type FramedMessage } from "@ngflow/wire";
import type { ConnectionTimes } from "./connection-table.ts";

/** Who is at the other end of a connection. */
export interface StreamPeer {
  /** Number of the connection, never used again. */
  readonly connection: number;
  readonly address: string;
  readonly port: number;
  readonly transport: "tcp" | "tls";
}

/** A connection that brings IPFIX messages. */
export class Connection implements ConnectionTimes {
  readonly peer: StreamPeer;
  /** What is read: the TCP socket, and that of TLS after the handshake. */
  socket: Socket;
  readonly beganMs: number;
  lastMessageMs: number;
  messages = 0;
  partialMs = 0;
  /** Whether it waits for its turn to be read. */
  queued = false;
  open = true;
  readonly #framer: MessageFramer;

  constructor(peer: StreamPeer, socket: Socket, nowMs: number, sink: FramedMessage) {
    this.peer = peer;
    this.socket = socket;
    this.beganMs = nowMs;
    this.lastMessageMs = nowMs;
    this.#framer = new MessageFramer(sink);
  }

  get address(): string {
    return this.peer.address;
  }

  /** Bytes of a message that is not complete. */
  get pendingBytes(): number {
    return this.#framer.pendingBytes;
  }

  /** Why what it sends is not IPFIX; undefined as long as it is. */
  get faultText(): string | undefined {
    const { fault, faultValue } = this.#framer;
    if (fault === undefined) return undefined;
    if (fault === "stream-length") return `a message has the length ${faultValue}, less than its header`;
    if (faultValue === 9) return "NetFlow v9 has no length in its header: send it over UDP, or send IPFIX";
    return `a message begins with ${faultValue}, not with the version 10 of IPFIX`;
  }

  /** Takes bytes that were read. Returns the number of messages that they completed. */
  take(chunk: Uint8Array, nowMs: number): number {
    const count = this.#framer.push(chunk);
    if (count > 0) {
      this.messages += count;
      this.lastMessageMs = nowMs;
    }
    if (this.pendingBytes === 0) this.partialMs = 0;
    else if (count > 0 || this.partialMs === 0) this.partialMs = nowMs;
    return count;
  }
}
