import { PacketBatch } from "@ngflow/base";
import { type DatagramSocket, type DatagramSocketStats, NO_DATAGRAMS } from "./datagram-socket.ts";
import { type Libc, type PollHandle } from "../libc.ts";
import { KernelError, LINUX, toFreebsdErrno } from "../linux-errno.ts";
import { DescribedSocket } from "./described-socket.ts";
import type { SocketAddress } from "./socket-address.ts";
import { type LinuxSocketKind, SOCK_STREAM, SocketDescriptor } from "./socket-descriptor.ts";
import { WriteQueue } from "./write-queue.ts";

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** A packet made of stream data has at most this many bytes; a message of a seqpacket socket that is longer is cut. */
const CHUNK_BYTES = 1 << 16;
/** Packets delivered in one turn of the event loop. */
const CHUNKS_PER_TURN = 8;
/** At close the socket gets this many milliseconds to take what is queued. */
const CLOSE_WAIT_MS = 200;
const POLLOUT = 4;

/** A connection that a listening socket had waiting. */
export interface AcceptedConnection {
  readonly socket: ConnectionSocket;
  readonly peer: SocketAddress | undefined;
}

type State = "idle" | "listening" | "connecting" | "connected" | "ended";

/**
 * A non-blocking socket of Linux with connections: a stream, or a sequence of messages (`seqpacket`). Packets are
 * written one after the other. When the peer sends no more, one packet without bytes is delivered. Nothing waits for
 * the socket but Node's event loop, and it is watched only while something can come of it.
 */
export class ConnectionSocket extends DescribedSocket implements DatagramSocket {
  readonly #c: Libc;
  readonly #queue: WriteQueue;
  #state: State;
  #watch: PollHandle | undefined;
  #watched = "";
  #deliver: ((batch: PacketBatch) => void) | undefined;
  #incoming: PacketBatch | undefined;
  #onConnected: ((errno: number) => void) | undefined;
  #onAcceptable: (() => void) | undefined;
  /** The peer sends no more. */
  #atEnd = false;
  #closed = false;
  readonly #counts = { ...NO_DATAGRAMS };

  /** @throws KernelError with the system's refusal. */
  constructor(kind: LinuxSocketKind, accepted?: SocketDescriptor) {
    super(accepted ?? new SocketDescriptor(kind));
    this.#c = this.descriptor.c;
    this.#queue = new WriteQueue(kind.type !== SOCK_STREAM);
    this.#state = accepted === undefined ? "idle" : "connected";
  }

  /**
   * Begins to connect.
   * @throws KernelError EINPROGRESS when the result is not known yet, EALREADY while that lasts, or the system's
   *   refusal.
   */
  connect(address: SocketAddress): void {
    if (this.#state === "connecting") throw new KernelError(LINUX.EALREADY, "the socket is connecting");
    // Linux would report success once more after a connection was made in the background.
    if (this.#state === "connected") throw new KernelError(LINUX.EISCONN, "the socket has a peer");
    try {
      this.#attempt(address);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      // A local socket whose receiver has its backlog full.
      if (error.code === "EAGAIN") throw new KernelError(LINUX.ECONNREFUSED, error.message);
      if (error.code === "EINPROGRESS") {
        this.#state = "connecting";
        this.#observe();
      }
      throw error;
    }
    this.#state = "connected";
    this.#observe();
  }

  /** Linux reports the failure of an earlier attempt in the background once more, and is ready for another one then. */
  #attempt(address: SocketAddress): void {
    try {
      this.descriptor.connect(address);
    } catch (error) {
      if (!(error instanceof KernelError) || error.code !== "ECONNABORTED") throw error;
      this.descriptor.connect(address);
    }
  }

  /** Calls `task` once with the result of the attempt under way, 0 or FreeBSD's errno. */
  whenConnected(task: (errno: number) => void): void {
    this.#onConnected = task;
  }

  listen(backlog: number): void {
    const local = this.descriptor.localAddress();
    if (local?.family === "local" && local.address.length === 0) {
      throw new KernelError(LINUX.EDESTADDRREQ, "a local socket listens at an address only");
    }
    this.descriptor.listen(backlog);
    this.#state = "listening";
  }

  /** Takes a waiting connection; undefined when there is none. @throws KernelError EINVAL when it does not listen. */
  accept(): AcceptedConnection | undefined {
    if (this.#state !== "listening") throw new KernelError(LINUX.EINVAL, "the socket does not listen");
    const accepted = this.descriptor.accept();
    if (accepted === undefined) return undefined;
    return { socket: new ConnectionSocket(this.descriptor.kind, accepted.socket), peer: accepted.peer };
  }

  /** Calls `task` once when a connection waits. */
  whenAcceptable(task: () => void): void {
    this.#onAcceptable = task;
    this.#observe();
  }

  /** Packets given before the connection exists, or after it ended, are errors: nothing waits for a peer. */
  enqueue(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      if (this.#closed || this.#state !== "connected") this.#counts.sendErrors++;
      else if (!this.#queue.push(batch, i)) {
        this.#sendQueued();
        if (!this.#queue.push(batch, i)) this.#counts.overflowed++;
      }
    }
  }

  flush(): void {
    if (this.#closed) return;
    this.#sendQueued();
    this.#observe();
  }

  #sendQueued(): void {
    const queue = this.#queue;
    const c = this.#c;
    while (queue.packets > 0) {
      const next = queue.next();
      const taken = Number(c.send(this.descriptor.fd, next, next.length, MSG_DONTWAIT | MSG_NOSIGNAL));
      if (taken >= 0) {
        this.#counts.bytesSent += taken;
        this.#counts.datagramsSent += queue.shift(taken);
        continue;
      }
      const errno = c.errno();
      if (errno === LINUX.EINTR) continue;
      if (errno === LINUX.EAGAIN) return;
      if (errno === LINUX.EMSGSIZE) {
        this.#counts.sendErrors++;
        queue.drop();
        continue;
      }
      // The connection is broken; what arrived before that is still to be read.
      this.#counts.sendErrors += queue.clear();
      this.#state = "ended";
    }
  }

  receive(deliver: (batch: PacketBatch) => void): void {
    this.#deliver = deliver;
    this.#incoming ??= new PacketBatch(1, new Uint8Array(CHUNK_BYTES));
    this.#observe();
  }

  /** Watches for what can come next. The event loop reports level by level, so nothing else is watched for. */
  #observe(): void {
    if (this.#closed) return;
    const state = this.#state;
    const reading = (state === "connected" || state === "ended") && !this.#atEnd && this.#deliver !== undefined;
    const readable = reading || (state === "listening" && this.#onAcceptable !== undefined);
    const writable = state === "connecting" || (state === "connected" && this.#queue.packets > 0);
    const wanted = `${readable ? "r" : ""}${writable ? "w" : ""}`;
    if (wanted === this.#watched) return;
    this.#watched = wanted;
    if (wanted === "") this.#watch?.stop();
    else if (this.#watch === undefined) {
      this.#watch = this.#c.watch(this.descriptor.fd, { readable, writable }, this.#onReady);
      this.#watch.unref();
    } else this.#watch.start({ readable, writable }, this.#onReady);
  }

  readonly #onReady = (status: number, events: { readable: boolean; writable: boolean }): void => {
    if (this.#closed) return;
    // After an error on the socket the event loop has stopped watching; the calls below find out which one it is.
    if (status < 0) this.#watched = "";
    const failed = status < 0;
    if (this.#state === "connecting") this.#endConnecting();
    else if (this.#state === "listening") this.#tellAcceptable();
    else {
      if (failed || events.readable) this.#readArrived();
      if (!this.#closed && (failed || events.writable)) this.#sendQueued();
    }
    this.#observe();
  };

  #endConnecting(): void {
    const error = this.descriptor.takeError();
    this.#state = error === 0 ? "connected" : "idle";
    if (error === LINUX.ECONNREFUSED) this.#counts.refused++;
    const task = this.#onConnected;
    this.#onConnected = undefined;
    task?.(error === 0 ? 0 : toFreebsdErrno(error));
  }

  #tellAcceptable(): void {
    const task = this.#onAcceptable;
    this.#onAcceptable = undefined;
    task?.();
  }

  #readArrived(): void {
    const batch = this.#incoming;
    if (batch === undefined || this.#deliver === undefined) return;
    for (let n = 0; n < CHUNKS_PER_TURN && !this.#atEnd && !this.#closed; n++) {
      const length = Number(this.#c.recvfrom(this.descriptor.fd, batch.buffer, CHUNK_BYTES, MSG_DONTWAIT, 0n, 0n));
      if (length < 0) {
        const errno = this.#c.errno();
        if (errno === LINUX.EAGAIN) return;
        if (errno === LINUX.EINTR) continue;
        this.#state = "ended";
        this.#counts.sendErrors += this.#queue.clear();
      }
      // The end, orderly or not, is delivered once, as a packet without bytes.
      if (length <= 0) this.#atEnd = true;
      const bytes = Math.max(0, length);
      if (length > 0) this.#counts.datagramsReceived++;
      this.#counts.bytesReceived += bytes;
      batch.count = 0;
      batch.push(0, bytes, bytes, 0);
      this.#deliver(batch);
    }
  }

  stats(): DatagramSocketStats {
    return { ...this.#counts };
  }

  close(): void {
    if (this.#closed) return;
    this.#sendQueued();
    if (this.#queue.packets > 0 && this.#state === "connected") {
      const waited = new Uint8Array(8);
      const view = new DataView(waited.buffer);
      view.setInt32(0, this.descriptor.fd, true);
      view.setInt16(4, POLLOUT, true);
      this.#c.poll(waited, 1, CLOSE_WAIT_MS);
      this.#sendQueued();
    }
    this.#counts.overflowed += this.#queue.clear();
    this.#closed = true;
    this.#watch?.close();
    this.#watch = undefined;
    this.#deliver = undefined;
    this.#onConnected = undefined;
    this.#onAcceptable = undefined;
    this.descriptor.close();
  }
}
