import { release } from "node:os";
import { type Libc, libc, MAP_FAILED, MAP_PRIVATE_ANONYMOUS, MAP_SHARED, PROT_READ_WRITE } from "../libc.ts";
import { KernelError, LINUX, linuxErrnoName } from "../linux-errno.ts";
import { KEEP_NOTHING, type SocketFilter } from "../filter/socket-filter.ts";

const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_DROP_MEMBERSHIP = 2;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_VNET_HDR = 15;
const PACKET_FANOUT = 18;
const TPACKET_V3 = 2;
/** Fanout by flow: both directions of a connection, and all fragments of a datagram, have the same hash. */
const PACKET_FANOUT_HASH = 0;
/** Asks the kernel for a group number that is free (Linux 4.12). */
const PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;
const SOCKADDR_LL_BYTES = 20;
const PAGE_BYTES = 4096;
/** Frames of a TPACKET_V3 ring have any length; the request only has to be consistent. */
const FRAME_BYTES = 2048;

/**
 * Link-layer protocols to bind to. The second is reserved by IANA and carried by no frame: nothing more is captured.
 */
export const ETH_P_ALL = 0x0003;
export const ETH_P_NOTHING = 0xffff;

/** Kinds of membership (linux/if_packet.h). */
export const PACKET_MR_MULTICAST = 0;
export const PACKET_MR_PROMISC = 1;

/** A fanout group of this network namespace: its number, 0 to 65535, or a new one that the kernel chooses. */
export type FanoutGroup = number | "new";

/** Counters of the kernel since they were last read. */
export interface PacketStatistics {
  /** Frames that reached the socket, dropped ones included. */
  readonly seen: number;
  readonly dropped: number;
  readonly freezes: number;
}

/** An AF_PACKET socket for one interface (packet(7)). Refusals are KernelError. */
export class PacketSocket {
  readonly fd: number;
  readonly #c: Libc;
  readonly #interfaceIndex: number;
  readonly #cannot: string;
  /** Another packet socket, while this one is in a fanout group. */
  #barrier = -1;

  /** Opens a socket that does not capture yet. @throws KernelError EPERM without CAP_NET_RAW. */
  constructor(interfaceIndex: number, interfaceName: string) {
    this.#c = libc();
    this.#interfaceIndex = interfaceIndex;
    this.#cannot = `cannot capture on ${interfaceName}`;
    this.fd = this.#c.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
    if (this.fd < 0) this.#refuse();
  }

  #refuse(detail = ""): never {
    const errno = this.#c.errno();
    const forbidden = errno === LINUX.EPERM || errno === LINUX.EACCES;
    const why = forbidden
      ? "the process lacks CAP_NET_RAW; run it with sudo, or with setpriv and ambient capabilities"
      : linuxErrnoName(errno);
    throw new KernelError(forbidden ? LINUX.EPERM : errno, `${this.#cannot}: ${detail}${why}`);
  }

  /**
   * Lets the kernel put only such frames into the ring as a program keeps.
   * @throws KernelError EINVAL for a bad program.
   */
  attachFilter(program: SocketFilter): void {
    const c = this.#c;
    const { bytes, instructions } = program;
    const page = c.mmap(PAGE_BYTES + bytes.length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);
    if (page === MAP_FAILED) this.#refuse();
    // struct sock_fprog { u16 len; struct sock_filter * }, and the instructions behind it.
    const memory = c.view(page, PAGE_BYTES + bytes.length);
    const header = new DataView(memory);
    header.setUint16(0, instructions, true);
    header.setBigUint64(8, page + BigInt(PAGE_BYTES), true);
    new Uint8Array(memory).set(bytes, PAGE_BYTES);
    const result = c.setsockopt(this.fd, SOL_SOCKET, SO_ATTACH_FILTER, page, 16);
    const errno = c.errno();
    c.munmap(page, PAGE_BYTES + bytes.length);
    if (result < 0) {
      throw new KernelError(
        errno,
        `${this.#cannot}: the filter of ${instructions} instructions: ${linuxErrnoName(errno)}`,
      );
    }
  }

  /** Lets every frame in again. */
  detachFilter(): void {
    if (this.#c.setsockopt(this.fd, SOL_SOCKET, SO_DETACH_FILTER, new Uint8Array(4), 4) < 0) this.#refuse();
  }

  /**
   * Shares the interface's frames with the other sockets of a fanout group: each frame goes to one of them, all frames
   * of a flow to the same. The socket listens already.
   * @param group number of the group, or "new".
   * @returns the group's number, for the others.
   */
  joinFanout(group: FanoutGroup): number {
    const { fd } = this;
    const c = this.#c;
    const flags = PACKET_FANOUT_HASH | (group === "new" ? PACKET_FANOUT_FLAG_UNIQUEID : 0);
    const request = new Uint8Array(Uint16Array.of(group === "new" ? 0 : group, flags).buffer);
    if (c.setsockopt(fd, SOL_PACKET, PACKET_FANOUT, request, 4) < 0) this.#refuse(`fanout group ${group}: `);
    // Kept for `stopListening`, which may be called after the process has dropped the right to open another.
    this.#barrier = c.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
    if (this.#barrier < 0) this.#refuse();
    const joined = new Uint8Array(4);
    if (c.getsockopt(fd, SOL_PACKET, PACKET_FANOUT, joined, lengthOf(joined)) < 0) this.#refuse();
    return new DataView(joined.buffer).getUint16(0, true);
  }

  /**
   * Asks for an offload header before each frame of the ring, which has to be made after this. Not of a kernel before
   * Linux 6.2: it would drop segmented UDP, which the header could not express then. Returns whether the headers will
   * be there.
   */
  askForOffloads(): boolean {
    const [major = 0, minor = 0] = release().split(".").map(Number);
    if (major < 6 || (major === 6 && minor < 2)) return false;
    return this.#c.setsockopt(this.fd, SOL_PACKET, PACKET_VNET_HDR, new Uint8Array(Int32Array.of(1).buffer), 4) === 0;
  }

  /** Makes the ring and maps it. Returns the address of its memory, `blockSize * blockCount` bytes. */
  mapRing(blockSize: number, blockCount: number, retireMs: number): bigint {
    const { fd } = this;
    const c = this.#c;
    const version = new Uint8Array(Int32Array.of(TPACKET_V3).buffer);
    if (c.setsockopt(fd, SOL_PACKET, PACKET_VERSION, version, 4) < 0) this.#refuse("no TPACKET_V3: ");
    const frames = Math.floor(blockSize / FRAME_BYTES) * blockCount;
    const request = Uint32Array.of(blockSize, blockCount, FRAME_BYTES, frames, retireMs, 0, 0);
    if (c.setsockopt(fd, SOL_PACKET, PACKET_RX_RING, new Uint8Array(request.buffer), request.byteLength) < 0) {
      this.#refuse(`a ring of ${blockCount} blocks of ${blockSize} bytes was refused: `);
    }
    const address = c.mmap(blockSize * blockCount, PROT_READ_WRITE, MAP_SHARED, fd);
    if (address === MAP_FAILED) this.#refuse(`mapping ${blockSize * blockCount} bytes failed: `);
    return address;
  }

  /** Begins to capture every frame of the interface. */
  listen(): void {
    if (this.#bind(ETH_P_ALL) < 0) this.#refuse();
  }

  /**
   * Ends capture. When this returns true no processor is in the receive path any more, so the ring no longer changes.
   * An interface that no longer exists sent nothing before it was removed.
   */
  stopListening(): boolean {
    if (!this.interfaceExists()) return true;
    if (this.#barrier < 0) return this.#bind(ETH_P_NOTHING) === 0 || !this.interfaceExists();
    // A member of a group cannot be bound again. Its filter keeps frames out, and the kernel closes a packet socket
    // only after every processor has left the receive path once.
    this.attachFilter(KEEP_NOTHING);
    this.#closeBarrier();
    return true;
  }

  #closeBarrier(): void {
    if (this.#barrier >= 0) this.#c.close(this.#barrier);
    this.#barrier = -1;
  }

  #bind(protocol: number): number {
    const address = new Uint8Array(SOCKADDR_LL_BYTES);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(2, protocol, false);
    view.setInt32(4, this.#interfaceIndex, true);
    return this.#c.bind(this.fd, address, address.length);
  }

  /** The error that waits on the socket, 0 if none; reading clears it. */
  takeError(): number {
    const value = new Uint8Array(4);
    this.#c.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, value, lengthOf(value));
    return new DataView(value.buffer).getInt32(0, true);
  }

  /** Whether the interface the socket is bound to still exists. */
  interfaceExists(): boolean {
    const address = new Uint8Array(SOCKADDR_LL_BYTES);
    if (this.#c.getsockname(this.fd, address, lengthOf(address)) < 0) return false;
    return new DataView(address.buffer).getInt32(4, true) === this.#interfaceIndex;
  }

  /** Joins or leaves; the kernel counts requests and withdraws this socket's when it closes. */
  setMembership(on: boolean, type: number, address: Uint8Array): void {
    const request = new Uint8Array(16);
    const view = new DataView(request.buffer);
    view.setInt32(0, this.#interfaceIndex, true);
    view.setUint16(4, type, true);
    view.setUint16(6, address.length, true);
    request.set(address, 8);
    const name = on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;
    if (this.#c.setsockopt(this.fd, SOL_PACKET, name, request, request.length) < 0) {
      const errno = this.#c.errno();
      throw new KernelError(
        errno,
        `interface ${this.#interfaceIndex} refused the membership: ${linuxErrnoName(errno)}`,
      );
    }
  }

  /** The kernel's counters, which start again from zero. */
  takeStatistics(): PacketStatistics {
    const value = new Uint8Array(12);
    this.#c.getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, value, lengthOf(value));
    const view = new DataView(value.buffer);
    return { seen: view.getUint32(0, true), dropped: view.getUint32(4, true), freezes: view.getUint32(8, true) };
  }

  close(): void {
    this.#closeBarrier();
    this.#c.close(this.fd);
  }
}

/** The value-result argument that gives the kernel the size of a buffer. */
function lengthOf(value: Uint8Array): Uint8Array {
  return new Uint8Array(Int32Array.of(value.length).buffer);
}
