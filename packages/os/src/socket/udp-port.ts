import { networkInterfaces } from "node:os";
import { formatIp, isMulticast, parseIp } from "@ngflow/base";
import { KernelError, LINUX } from "../linux-errno.ts";
import { interfaceIndex, joinGroup, shareGroup } from "./multicast.ts";
import type { SocketAddress } from "./socket-address.ts";
import { AF_INET, AF_INET6, IPPROTO_UDP, SOCK_DGRAM, SocketDescriptor } from "./socket-descriptor.ts";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_RCVBUFFORCE = 33;
const SO_TIMESTAMPNS = 35;
const SO_MEMINFO = 55;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** Word of the answer to SO_MEMINFO (linux/sock_diag.h): SK_MEMINFO_DROPS. */
const DROPS_WORD = 8;

/** A bound address; the system chose the port if 0 was asked for. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** How a port is bound. */
export interface BindHow {
  /** A socket that `UdpPort` has bound to the address, maybe before execve(2): it is taken over as it is. */
  readonly fd?: number | undefined;
  /** Whether the port is one that another socket shares (`UdpPort.share`). */
  readonly joins?: boolean;
}

/**
 * A bound, non-blocking UDP socket of Linux that only receives. The kernel stamps each datagram when it arrives.
 * `DatagramReceiver` reads from it, in any thread of the process.
 */
export class UdpPort {
  readonly fd: number;
  readonly bound: BoundAddress;
  /** Receive buffer that the kernel granted, as it reports it: twice the bytes requested, at most twice its limit. */
  readonly receiveBufferBytes: number;
  readonly #socket: SocketDescriptor;
  #drops = 0;
  #dropsWord = 0;
  #closed = false;

  /**
   * Binds. `::` also receives IPv4, as ::ffff:a.b.c.d.
   * @param host an address; `%ZONE` after one of IPv6 names an interface. A multicast group is joined, by the interface
   *   that `%ZONE` names, or else the one that the routes choose; only what is sent to the group is received then
   * @param receiveBufferBytes receive buffer to request; more than `net.core.rmem_max` needs CAP_NET_ADMIN
   * @param how see `BindHow`
   * @throws KernelError with the kernel's refusal
   */
  constructor(host: string, port: number, receiveBufferBytes: number, { fd, joins = false }: BindHow = {}) {
    const address = socketAddress(host, port);
    const domain = address.family === "inet" ? AF_INET : AF_INET6;
    const socket = new SocketDescriptor({ domain, type: SOCK_DGRAM, protocol: IPPROTO_UDP }, fd);
    this.#socket = socket;
    this.fd = socket.fd;
    try {
      if (fd === undefined) bind(socket, host, address, receiveBufferBytes, joins);
      this.receiveBufferBytes = socket.getInteger(SOL_SOCKET, SO_RCVBUF);
      const local = socket.localAddress()!;
      this.bound = { host, port: local.port, family: domain === AF_INET ? 4 : 6 };
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /**
   * Lets further sockets of this user join in the port: the kernel then hands each sender, by its address and port, to
   * one of them (SO_REUSEPORT, socket(7)). Before, the port was this socket's alone, so no other program has it.
   */
  share(): void {
    this.#socket.setInteger(SOL_SOCKET, SO_REUSEPORT, 1);
  }

  /** Datagrams that the kernel dropped here since the socket was opened, to this moment; after `close`, to its end. */
  drops(): number {
    if (this.#closed) return this.#drops;
    const value = this.#socket.getRawOption(SOL_SOCKET, SO_MEMINFO);
    const word = new DataView(value.buffer, value.byteOffset).getUint32(4 * DROPS_WORD, true);
    this.#drops += (word - this.#dropsWord) >>> 0;
    this.#dropsWord = word;
    return this.#drops;
  }

  /** Closes the socket. No thread may read from it any more. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.drops();
    this.#closed = true;
    this.#socket.close();
  }
}

function bind(
  socket: SocketDescriptor,
  host: string,
  address: SocketAddress,
  receiveBufferBytes: number,
  joins: boolean,
): void {
  const group = isMulticast(host);
  const zone = zoneOf(host);
  if (group) shareGroup(socket);
  if (address.family === "inet6") socket.setInteger(IPPROTO_IPV6, IPV6_V6ONLY, 0);
  socket.setInteger(SOL_SOCKET, SO_TIMESTAMPNS, 1);
  if (joins) socket.setInteger(SOL_SOCKET, SO_REUSEPORT, 1);
  socket.bind(address);
  if (group) joinGroup(socket, address.address, zone === undefined ? 0 : interfaceIndex(zone));
  growReceiveBuffer(socket, receiveBufferBytes);
}

/** Sets the receive buffer, beyond the limit of the system where the process may. */
function growReceiveBuffer(socket: SocketDescriptor, bytes: number): void {
  try {
    socket.setInteger(SOL_SOCKET, SO_RCVBUFFORCE, bytes);
  } catch {
    socket.setInteger(SOL_SOCKET, SO_RCVBUF, bytes);
  }
}

function zoneOf(host: string): string | undefined {
  return host.split("%")[1];
}

/** @throws KernelError EADDRNOTAVAIL when `host` is not an address, or its zone not an interface. */
function socketAddress(host: string, port: number): SocketAddress {
  const [text, zone] = host.split("%");
  const bytes = parseIp(text!);
  if (bytes === undefined) throw new KernelError(LINUX.EADDRNOTAVAIL, `"${host}" is not an address`);
  if (!text!.includes(":")) {
    return { family: "inet", address: bytes.subarray(12), port, flowInfo: 0, scopeId: 0 };
  }
  return { family: "inet6", address: bytes, port, flowInfo: 0, scopeId: zone === undefined ? 0 : scopeOf(zone, bytes) };
}

/** Index of the interface that a zone names, by name or number. */
function scopeOf(zone: string, address: Uint8Array): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  if (isMulticast(formatIp(address))) return interfaceIndex(zone);
  for (const { address: text, family, ...rest } of networkInterfaces()[zone] ?? []) {
    if (family === "IPv6" && text === formatIp(address)) return (rest as { scopeid: number }).scopeid;
  }
  throw new KernelError(LINUX.EADDRNOTAVAIL, `"${zone}" is not an interface with this address`);
}
