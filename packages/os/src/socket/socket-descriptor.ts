import { type Libc, libc } from "../libc.ts";
import { KernelError, LINUX, linuxErrnoName } from "../linux-errno.ts";
import { fromLinuxAddress, LINUX_ADDRESS_BYTES, type SocketAddress, toLinuxAddress } from "./socket-address.ts";

/** Kind of a socket in Linux's numbers (socket(2)). */
export interface LinuxSocketKind {
  readonly domain: number;
  readonly type: number;
  readonly protocol: number;
}

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const IPPROTO_UDP = 17;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
/** Longest value of an option that is read; the limit of ng_ksocket too. */
const OPTION_BYTES = 1024;

const DOMAIN_OF: Readonly<Record<SocketAddress["family"], number>> = {
  local: AF_UNIX,
  inet: AF_INET,
  inet6: AF_INET6,
};

/**
 * A non-blocking socket of Linux: the calls that do not move data. Refusals are KernelError with the system's errno.
 */
export class SocketDescriptor {
  readonly fd: number;
  readonly kind: LinuxSocketKind;
  readonly c: Libc;

  /** Opens a socket, or takes over one that accept(2) returned. */
  constructor(kind: LinuxSocketKind, accepted?: number) {
    this.c = libc();
    this.kind = kind;
    this.fd = accepted ?? this.c.socket(kind.domain, kind.type | SOCK_NONBLOCK_CLOEXEC, kind.protocol);
    if (this.fd < 0) this.#refuse("no socket");
  }

  #refuse(what: string): never {
    const errno = this.c.errno();
    throw new KernelError(errno, `${what}: ${linuxErrnoName(errno)}`);
  }

  bind(address: SocketAddress): void {
    this.#requireFamily(address);
    const bytes = toLinuxAddress(address);
    if (this.c.bind(this.fd, bytes, bytes.length) < 0) this.#refuse("bind");
  }

  /** Port 0 of UDP and TCP is refused with EADDRNOTAVAIL, as FreeBSD does. */
  connect(address: SocketAddress): void {
    this.#requireFamily(address);
    const { domain, type } = this.kind;
    if (domain !== AF_UNIX && (type === SOCK_STREAM || type === SOCK_DGRAM) && address.port === 0) {
      throw new KernelError(LINUX.EADDRNOTAVAIL, "connect: port 0 is not a valid peer");
    }
    const bytes = toLinuxAddress(address);
    if (this.c.connect(this.fd, bytes, bytes.length) < 0) this.#refuse("connect");
  }

  /** Linux would let an IPv6 socket use IPv4 addresses; FreeBSD does not. */
  #requireFamily({ family }: SocketAddress): void {
    if (DOMAIN_OF[family] === this.kind.domain) return;
    throw new KernelError(LINUX.EAFNOSUPPORT, `an ${family} address for a socket of another family`);
  }

  listen(backlog: number): void {
    if (this.c.listen(this.fd, backlog) < 0) this.#refuse("listen");
  }

  /** A waiting connection; undefined when there is none. */
  accept(): { readonly socket: SocketDescriptor; readonly peer: SocketAddress | undefined } | undefined {
    const bytes = new Uint8Array(LINUX_ADDRESS_BYTES);
    const length = Int32Array.of(bytes.length);
    const fd = this.c.accept4(this.fd, bytes, new Uint8Array(length.buffer), SOCK_NONBLOCK_CLOEXEC);
    if (fd >= 0) {
      return { socket: new SocketDescriptor(this.kind, fd), peer: fromLinuxAddress(bytes.subarray(0, length[0])) };
    }
    const errno = this.c.errno();
    if (errno === LINUX.EAGAIN || errno === LINUX.EINTR || errno === LINUX.ECONNABORTED) return undefined;
    this.#refuse("accept");
  }

  localAddress(): SocketAddress | undefined {
    return this.#address("getsockname");
  }

  /** @throws KernelError ENOTCONN. */
  peerAddress(): SocketAddress {
    const peer = this.#address("getpeername");
    if (peer === undefined) throw new KernelError(LINUX.ENOTCONN, "the socket has no peer");
    return peer;
  }

  #address(call: "getsockname" | "getpeername"): SocketAddress | undefined {
    const bytes = new Uint8Array(LINUX_ADDRESS_BYTES);
    const length = Int32Array.of(bytes.length);
    if (this.c[call](this.fd, bytes, new Uint8Array(length.buffer)) < 0) this.#refuse(call);
    return fromLinuxAddress(bytes.subarray(0, length[0]));
  }

  /** setsockopt(2), in Linux's numbers and layout. */
  setRawOption(level: number, name: number, value: Uint8Array): void {
    if (this.c.setsockopt(this.fd, level, name, value, value.length) < 0) this.#refuseOption();
  }

  /** Where a level means nothing to the socket Linux says EOPNOTSUPP, FreeBSD as for an unknown option ENOPROTOOPT. */
  #refuseOption(): never {
    if (this.c.errno() === LINUX.EOPNOTSUPP) throw new KernelError(LINUX.ENOPROTOOPT, "no such socket option");
    this.#refuse("socket option");
  }

  /** getsockopt(2), in Linux's numbers and layout. */
  getRawOption(level: number, name: number): Uint8Array {
    const value = new Uint8Array(OPTION_BYTES);
    const length = Int32Array.of(value.length);
    if (this.c.getsockopt(this.fd, level, name, value, new Uint8Array(length.buffer)) < 0) this.#refuseOption();
    return value.subarray(0, length[0]);
  }

  setInteger(level: number, name: number, value: number): void {
    this.setRawOption(level, name, new Uint8Array(Int32Array.of(value).buffer));
  }

  getInteger(level: number, name: number): number {
    const value = this.getRawOption(level, name);
    return new DataView(value.buffer, value.byteOffset).getInt32(0, true);
  }

  /** The error that waits on the socket, 0 if none, in Linux's numbers; reading takes it away. */
  takeError(): number {
    return this.getInteger(SOL_SOCKET, SO_ERROR);
  }

  close(): void {
    this.c.close(this.fd);
  }
}
