import { PacketBatch } from "@ngflow/graph/data";
import type { DatagramSocket, DatagramSocketStats, SocketOption } from "./datagram-socket.ts";
import { type Libc, libc, type PollHandle } from "./libc.ts";
import { KernelError, LINUX, linuxErrnoName } from "./linux-errno.ts";
import { SendQueue } from "./send-queue.ts";
import { fromLinuxAddress, type SocketAddress, toLinuxAddress } from "./socket-address.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const IPPROTO_UDP = 17;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const MSG_DONTWAIT = 0x40;
const POLLOUT = 4;

/** Level and name of options (linux asm-generic/socket.h, in.h, in6.h), by family where they differ. */
const OPTIONS: Readonly<Record<SocketOption, readonly [inet: [number, number], inet6: [number, number]]>> = {
  sendBuffer: [
    [SOL_SOCKET, 7],
    [SOL_SOCKET, 7],
  ],
  receiveBuffer: [
    [SOL_SOCKET, 8],
    [SOL_SOCKET, 8],
  ],
  reuseAddress: [
    [SOL_SOCKET, 2],
    [SOL_SOCKET, 2],
  ],
  reusePort: [
    [SOL_SOCKET, 15],
    [SOL_SOCKET, 15],
  ],
  broadcast: [
    [SOL_SOCKET, 6],
    [SOL_SOCKET, 6],
  ],
  ttl: [
    [0, 2],
    [41, 16],
  ],
  tos: [
    [0, 1],
    [41, 67],
  ],
};

/** Send buffer asked for at the start: bursts of an expiring cache fit. The system may grant less. */
const SEND_BUFFER_BYTES = 1 << 20;
const RECEIVE_BYTES = 1 << 18;
const LONGEST_DATAGRAM = 1 << 16;
const RECEIVE_BATCH = 64;
/** After so many reports without a datagram sent, the one at hand is given up, so that no peer can hold the loop. */
const REPORTS_IN_A_ROW = 64;
/** At close the socket gets this many milliseconds to take what is queued. */
const CLOSE_WAIT_MS = 200;

/** A non-blocking UDP socket of Linux with batched sends. */
export class UdpSocket implements DatagramSocket {
  private readonly c: Libc;
  private readonly fd: number;
  private readonly inet: boolean;
  private readonly queue: SendQueue;
  private readonly one = new Uint8Array(LONGEST_DATAGRAM);
  private watch: PollHandle | undefined;
  private deliver: ((batch: PacketBatch) => void) | undefined;
  private incoming: PacketBatch | undefined;
  private waiting = false;
  private closed = false;
  private datagramsSent = 0;
  private bytesSent = 0;
  private sendErrors = 0;
  private refused = 0;
  private overflowed = 0;
  private datagramsReceived = 0;
  private bytesReceived = 0;

  /** @throws KernelError with the system's refusal. */
  constructor(family: "inet" | "inet6") {
    this.c = libc();
    this.inet = family === "inet";
    this.fd = this.c.socket(this.inet ? AF_INET : AF_INET6, SOCK_DGRAM_NONBLOCK_CLOEXEC, IPPROTO_UDP);
    if (this.fd < 0) this.refuse("no UDP socket");
    this.queue = new SendQueue(this.c);
    this.setOption("sendBuffer", SEND_BUFFER_BYTES);
    this.watch = this.c.watch(this.fd, { readable: true }, this.onReady);
    this.watch.unref();
  }

  private refuse(what: string): never {
    const errno = this.c.errno();
    throw new KernelError(errno, `${what}: ${linuxErrnoName(errno)}`);
  }

  bind(address: SocketAddress): void {
    this.requireFamily(address);
    const bytes = toLinuxAddress(address);
    if (this.c.bind(this.fd, bytes, bytes.length) < 0) this.refuse("UDP bind");
  }

  /** Port 0 is refused with EADDRNOTAVAIL, as FreeBSD does. */
  connect(address: SocketAddress): void {
    this.requireFamily(address);
    if (address.port === 0) throw new KernelError(LINUX.EADDRNOTAVAIL, "UDP connect: port 0 is no peer");
    const bytes = toLinuxAddress(address);
    if (this.c.connect(this.fd, bytes, bytes.length) < 0) this.refuse("UDP connect");
  }

  /** Linux would let an IPv6 socket use IPv4 addresses; FreeBSD does not. */
  private requireFamily({ family }: SocketAddress): void {
    if ((family === "inet") === this.inet) return;
    throw new KernelError(LINUX.EAFNOSUPPORT, `an ${family} address for a socket of the other family`);
  }

  localAddress(): SocketAddress | undefined {
    return this.address("getsockname");
  }

  peerAddress(): SocketAddress {
    const peer = this.address("getpeername");
    if (peer === undefined) throw new KernelError(LINUX.ENOTCONN, "the UDP socket has no peer");
    return peer;
  }

  private address(call: "getsockname" | "getpeername"): SocketAddress | undefined {
    const bytes = new Uint8Array(28);
    const length = new Uint8Array(Int32Array.of(bytes.length).buffer);
    if (this.c[call](this.fd, bytes, length) < 0) this.refuse(call);
    return fromLinuxAddress(bytes);
  }

  setOption(option: SocketOption, value: number): void {
    const [level, name] = OPTIONS[option][this.inet ? 0 : 1];
    const bytes = new Uint8Array(Int32Array.of(value).buffer);
    if (this.c.setsockopt(this.fd, level, name, bytes, 4) < 0) this.refuse(`socket option ${option}`);
  }

  getOption(option: SocketOption): number {
    const [level, name] = OPTIONS[option][this.inet ? 0 : 1];
    return this.integerOption(level, name);
  }

  private integerOption(level: number, name: number): number {
    const value = new Uint8Array(4);
    const length = new Uint8Array(Int32Array.of(4).buffer);
    if (this.c.getsockopt(this.fd, level, name, value, length) < 0) this.refuse("socket option");
    return new DataView(value.buffer).getInt32(0, true);
  }

  enqueue(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      if (this.closed) {
        this.overflowed++;
        continue;
      }
      if (this.queue.push(batch, i)) continue;
      this.flush();
      if (!this.queue.push(batch, i)) this.overflowed++;
    }
  }

  flush(): void {
    if (this.closed) return;
    this.sendQueued();
    const mustWait = this.queue.length > 0;
    if (mustWait === this.waiting) return;
    this.waiting = mustWait;
    this.watch?.start({ readable: true, writable: mustWait }, this.onReady);
  }

  /**
   * Sends until the queue is empty or the socket takes no more. ECONNREFUSED reports an earlier datagram that came back
   * (ICMP port unreachable): the datagram at hand was not sent by that call and is tried again.
   */
  private sendQueued(): void {
    let reports = 0;
    while (this.queue.length > 0) {
      const taken = this.queue.send(this.fd, MSG_DONTWAIT);
      if (taken > 0) {
        this.datagramsSent += taken;
        this.bytesSent += this.queue.shift(taken);
        reports = 0;
        continue;
      }
      const errno = this.c.errno();
      if (errno === LINUX.EAGAIN) return;
      if (errno === LINUX.EINTR) continue;
      if (errno === LINUX.ECONNREFUSED) {
        this.refused++;
        if (++reports < REPORTS_IN_A_ROW) continue;
      }
      reports = 0;
      this.sendErrors++;
      this.queue.shift(1);
    }
  }

  receive(deliver: (batch: PacketBatch) => void): void {
    this.deliver = deliver;
    this.incoming ??= new PacketBatch(RECEIVE_BATCH, new Uint8Array(RECEIVE_BYTES));
  }

  private readonly onReady = (status: number, events: { readable: boolean; writable: boolean }): void => {
    if (this.closed) return;
    if (status < 0) {
      // An error waits on the socket, and the event loop has stopped watching it.
      if (this.integerOption(SOL_SOCKET, SO_ERROR) === LINUX.ECONNREFUSED) this.refused++;
      this.watch?.start({ readable: true, writable: this.waiting }, this.onReady);
      return;
    }
    if (events.readable) this.readArrived();
    if (!this.closed && events.writable) this.flush();
  };

  private readArrived(): void {
    const batch = this.incoming;
    if (batch === undefined) {
      for (let n = 0; n < RECEIVE_BATCH; n++) {
        if (this.c.recvfrom(this.fd, this.one, LONGEST_DATAGRAM, MSG_DONTWAIT, 0n, 0n) < 0) return;
      }
      return;
    }
    batch.count = 0;
    let at = 0;
    while (batch.count < RECEIVE_BATCH && at + LONGEST_DATAGRAM <= RECEIVE_BYTES) {
      const length = Number(
        this.c.recvfrom(this.fd, batch.buffer.subarray(at), LONGEST_DATAGRAM, MSG_DONTWAIT, 0n, 0n),
      );
      if (length < 0) {
        if (this.c.errno() === LINUX.ECONNREFUSED) {
          this.refused++;
          continue;
        }
        break;
      }
      batch.push(at, length, length, 0);
      at += length;
      this.datagramsReceived++;
      this.bytesReceived += length;
    }
    if (batch.count > 0) this.deliver?.(batch);
  }

  stats(): DatagramSocketStats {
    const { datagramsSent, bytesSent, sendErrors, refused, overflowed, datagramsReceived, bytesReceived } = this;
    return { datagramsSent, bytesSent, sendErrors, refused, overflowed, datagramsReceived, bytesReceived };
  }

  close(): void {
    if (this.closed) return;
    this.sendQueued();
    if (this.queue.length > 0) {
      const waited = new Uint8Array(8);
      const view = new DataView(waited.buffer);
      view.setInt32(0, this.fd, true);
      view.setInt16(4, POLLOUT, true);
      this.c.poll(waited, 1, CLOSE_WAIT_MS);
      this.sendQueued();
      this.overflowed += this.queue.length;
    }
    this.closed = true;
    this.watch?.close();
    this.watch = undefined;
    this.deliver = undefined;
    this.queue.free();
    this.c.close(this.fd);
  }
}
