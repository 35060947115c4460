import { PacketBatch } from "@ngflow/base";
import { type DatagramSocket, type DatagramSocketStats, NO_DATAGRAMS } from "./datagram-socket.ts";
import { type Libc, type PollHandle } from "../libc.ts";
import { LINUX } from "../linux-errno.ts";
import { DescribedSocket } from "./described-socket.ts";
import { NAME_BYTES, SendQueue } from "./send-queue.ts";
import type { SocketAddress } from "./socket-address.ts";
import { AF_UNIX, type LinuxSocketKind, SocketDescriptor } from "./socket-descriptor.ts";

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const POLLOUT = 4;

/** Send buffer asked for at the start: bursts of an expiring cache fit. The system may grant less. */
const SEND_BUFFER_BYTES = 1 << 20;
const RECEIVE_BYTES = 1 << 18;
const LONGEST_DATAGRAM = 1 << 16;
const RECEIVE_BATCH = 64;
/**
 * After this many reports without a datagram sent, the current one is dropped, so that a peer cannot block the loop.
 */
const REPORTS_IN_A_ROW = 64;
/** At close the socket gets this many milliseconds to take what is queued. */
const CLOSE_WAIT_MS = 200;

/**
 * A non-blocking socket of Linux that moves messages without connections (UDP, raw, local datagrams), with batched
 * sends. While it has no peer, a packet that it delivered and that comes back during the delivery is sent to its
 * sender.
 */
export class MessageSocket extends DescribedSocket implements DatagramSocket {
  readonly #c: Libc;
  readonly #fd: number;
  readonly #local: boolean;
  readonly #queue: SendQueue;
  readonly #one = new Uint8Array(LONGEST_DATAGRAM);
  #watch: PollHandle | undefined;
  #deliver: ((batch: PacketBatch) => void) | undefined;
  #incoming: PacketBatch | undefined;
  /** Senders of the incoming batch, and where each of its packets begins in its buffer. */
  readonly #senders = new Uint8Array(RECEIVE_BATCH * NAME_BYTES);
  readonly #senderLengths = new Int32Array(RECEIVE_BATCH);
  readonly #starts = new Uint32Array(RECEIVE_BATCH);
  readonly #senderLength = new Int32Array(1);
  readonly #senderLengthBytes = new Uint8Array(this.#senderLength.buffer);
  #delivered = 0;
  #hasPeer = false;
  #waiting = false;
  #closed = false;
  readonly #counts = { ...NO_DATAGRAMS };

  /** @throws KernelError with the system's refusal. */
  constructor(kind: LinuxSocketKind) {
    super(new SocketDescriptor(kind));
    this.#c = this.descriptor.c;
    this.#fd = this.descriptor.fd;
    this.#local = kind.domain === AF_UNIX;
    try {
      this.#queue = new SendQueue(this.#c);
    } catch (error) {
      this.descriptor.close();
      throw error;
    }
    this.setOption("sendBuffer", SEND_BUFFER_BYTES);
    this.#watch = this.#c.watch(this.#fd, { readable: true }, this.#onReady);
    this.#watch.unref();
  }

  connect(address: SocketAddress): void {
    this.descriptor.connect(address);
    this.#hasPeer = true;
  }

  enqueue(batch: PacketBatch): void {
    const isReply = this.#delivered > 0 && !this.#hasPeer && batch.buffer === this.#incoming?.buffer;
    for (let i = 0; i < batch.count; i++) {
      if (this.#closed) {
        this.#counts.overflowed++;
        continue;
      }
      const sender = isReply ? this.#senderOf(batch.offsets[i]!) : undefined;
      if (this.#queue.push(batch, i, sender)) continue;
      this.flush();
      if (!this.#queue.push(batch, i, sender)) this.#counts.overflowed++;
    }
  }

  /** Sender of the packet being delivered that contains `offset`; a node may have removed a header from it. */
  #senderOf(offset: number): Uint8Array | undefined {
    let k = this.#delivered - 1;
    while (k > 0 && this.#starts[k]! > offset) k--;
    const length = this.#senderLengths[k]!;
    return length <= 2 ? undefined : this.#senders.subarray(k * NAME_BYTES, k * NAME_BYTES + length);
  }

  flush(): void {
    if (this.#closed) return;
    this.#sendQueued();
    const mustWait = this.#queue.length > 0;
    if (mustWait === this.#waiting) return;
    this.#waiting = mustWait;
    this.#watch?.start({ readable: true, writable: mustWait }, this.#onReady);
  }

  /**
   * Sends until the queue is empty or the socket takes no more. ECONNREFUSED reports an earlier datagram that came back
   * (ICMP port unreachable): the datagram at hand was not sent by that call and is tried again. Between local sockets
   * it means the datagram at hand.
   */
  #sendQueued(): void {
    let reports = 0;
    while (this.#queue.length > 0) {
      const taken = this.#queue.send(this.#fd, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (taken > 0) {
        this.#counts.datagramsSent += taken;
        this.#counts.bytesSent += this.#queue.shift(taken);
        reports = 0;
        continue;
      }
      const errno = this.#c.errno();
      if (errno === LINUX.EINTR) continue;
      if (errno === LINUX.EAGAIN) {
        // The kernel does not report when a local receiver that is not the peer has room again.
        if (!this.#local || !this.#queue.headIsNamed) return;
        this.#counts.overflowed++;
        this.#queue.shift(1);
        continue;
      }
      if (errno === LINUX.ECONNREFUSED && !this.#local) {
        this.#counts.refused++;
        if (++reports < REPORTS_IN_A_ROW) continue;
      }
      reports = 0;
      this.#counts.sendErrors++;
      this.#queue.shift(1);
    }
  }

  receive(deliver: (batch: PacketBatch) => void): void {
    this.#deliver = deliver;
    this.#incoming ??= new PacketBatch(RECEIVE_BATCH, new Uint8Array(RECEIVE_BYTES));
  }

  readonly #onReady = (status: number, events: { readable: boolean; writable: boolean }): void => {
    if (this.#closed) return;
    if (status < 0) {
      // An error waits on the socket, and the event loop has stopped watching it.
      if (this.descriptor.takeError() === LINUX.ECONNREFUSED) this.#counts.refused++;
      this.#watch?.start({ readable: true, writable: this.#waiting }, this.#onReady);
      return;
    }
    if (events.readable) this.#readArrived();
    if (!this.#closed && events.writable) this.flush();
  };

  #readArrived(): void {
    const batch = this.#incoming;
    if (batch === undefined) {
      for (let n = 0; n < RECEIVE_BATCH; n++) {
        if (this.#c.recvfrom(this.#fd, this.#one, LONGEST_DATAGRAM, MSG_DONTWAIT, 0n, 0n) < 0) return;
      }
      return;
    }
    batch.count = 0;
    let at = 0;
    while (batch.count < RECEIVE_BATCH && at + LONGEST_DATAGRAM <= RECEIVE_BYTES) {
      const length = this.#receiveOne(batch.buffer.subarray(at), batch.count);
      if (length < 0) {
        if (this.#c.errno() === LINUX.ECONNREFUSED) {
          this.#counts.refused++;
          continue;
        }
        break;
      }
      this.#starts[batch.count] = at;
      batch.push(at, length, length, 0);
      // Every packet begins at a place of its own, empty ones too.
      at += Math.max(1, length);
      this.#counts.datagramsReceived++;
      this.#counts.bytesReceived += length;
    }
    if (batch.count === 0) return;
    this.#delivered = batch.count;
    this.#deliver?.(batch);
    this.#delivered = 0;
  }

  /** Receives a datagram; its sender is kept at `slot` unless the socket has a peer. Returns -1 with errno. */
  #receiveOne(into: Uint8Array, slot: number): number {
    if (this.#hasPeer) return Number(this.#c.recvfrom(this.#fd, into, LONGEST_DATAGRAM, MSG_DONTWAIT, 0n, 0n));
    this.#senderLength[0] = NAME_BYTES;
    const sender = this.#senders.subarray(slot * NAME_BYTES, (slot + 1) * NAME_BYTES);
    const length = this.#c.recvfrom(this.#fd, into, LONGEST_DATAGRAM, MSG_DONTWAIT, sender, this.#senderLengthBytes);
    this.#senderLengths[slot] = this.#senderLength[0];
    return Number(length);
  }

  stats(): DatagramSocketStats {
    return { ...this.#counts };
  }

  close(): void {
    if (this.#closed) return;
    this.#sendQueued();
    if (this.#queue.length > 0) {
      const waited = new Uint8Array(8);
      const view = new DataView(waited.buffer);
      view.setInt32(0, this.#fd, true);
      view.setInt16(4, POLLOUT, true);
      this.#c.poll(waited, 1, CLOSE_WAIT_MS);
      this.#sendQueued();
      this.#counts.overflowed += this.#queue.length;
    }
    this.#closed = true;
    this.#watch?.close();
    this.#watch = undefined;
    this.#deliver = undefined;
    this.#queue.free();
    this.descriptor.close();
  }
}
