import { PacketBatch, setU16be, setU32be, u16be } from "@ngflow/base";
import type { DatagramSocketStats } from "./datagram-socket.ts";
import { MessageSocket } from "./message-socket.ts";
import type { SocketAddress } from "./socket-address.ts";
import { AF_INET, AF_INET6, IPPROTO_UDP } from "./socket-descriptor.ts";

const SOCK_RAW = 3;
/** The packets given to it have their IP headers (raw(7)). */
const IPPROTO_RAW = 255;
const UDP_HEADER = 8;
const LONGEST_PACKET = 65_535;
const TTL = 64;

/**
 * Sends UDP datagrams to one target from the addresses and ports of others, through a raw socket of Linux. The sender
 * addresses have the target's family. Never waits: what the socket does not take is queued, at most 2 MiB, and then
 * counted as `overflowed`; a packet that is longer than the MTU of the way is counted as a send error.
 */
export class SpoofingSocket {
  readonly family: "inet" | "inet6";
  readonly #socket: MessageSocket;
  readonly #target: SocketAddress;
  readonly #packet = new Uint8Array(LONGEST_PACKET);
  readonly #batch = new PacketBatch(1, this.#packet);

  /** @throws KernelError EPERM without CAP_NET_RAW, or the system's refusal of the target. */
  constructor(target: SocketAddress & { readonly family: "inet" | "inet6" }) {
    this.family = target.family;
    this.#target = target;
    const domain = target.family === "inet" ? AF_INET : AF_INET6;
    this.#socket = new MessageSocket({ domain, type: SOCK_RAW, protocol: IPPROTO_RAW });
    try {
      // A raw socket has no ports.
      this.#socket.connect({ ...target, port: 0 });
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  /**
   * Queues the payload `bytes[start, end)`.
   * @param source address of the sender, 4 or 16 bytes as the target has
   */
  enqueue(bytes: Uint8Array, start: number, end: number, source: Uint8Array, port: number): void {
    const p = this.#packet;
    const ipBytes = this.family === "inet" ? 20 : 40;
    const length = end - start;
    const total = ipBytes + UDP_HEADER + length;
    const batch = this.#batch;
    batch.count = 0;
    if (total <= LONGEST_PACKET) {
      p.fill(0, 0, ipBytes + UDP_HEADER);
      setU16be(p, ipBytes, port);
      setU16be(p, ipBytes + 2, this.#target.port);
      setU16be(p, ipBytes + 4, UDP_HEADER + length);
      p.set(bytes.subarray(start, end), ipBytes + UDP_HEADER);
      if (this.family === "inet") this.#writeIpv4(total, source);
      else this.#writeIpv6(length, source);
    }
    // What is longer than a packet can be is refused by the system, and counted.
    batch.push(0, Math.min(total, LONGEST_PACKET), total, 0);
    this.#socket.enqueue(batch);
  }

  /** The kernel writes the checksum of the header. That of UDP may be left out in IPv4 (RFC 768). */
  #writeIpv4(total: number, source: Uint8Array): void {
    const p = this.#packet;
    p[0] = 0x45;
    setU16be(p, 2, total);
    p[8] = TTL;
    p[9] = IPPROTO_UDP;
    p.set(source, 12);
    p.set(this.#target.address, 16);
  }

  #writeIpv6(length: number, source: Uint8Array): void {
    const p = this.#packet;
    const udpBytes = UDP_HEADER + length;
    setU32be(p, 0, 0x6000_0000);
    setU16be(p, 4, udpBytes);
    p[6] = IPPROTO_UDP;
    p[7] = TTL;
    p.set(source, 8);
    p.set(this.#target.address, 24);
    // RFC 8200 section 8.1: the pseudo-header has the addresses, the length and the protocol.
    let sum = udpBytes + IPPROTO_UDP;
    for (let o = 8; o < 40; o += 2) sum += u16be(p, o);
    for (let o = 40; o + 1 < 40 + udpBytes; o += 2) sum += u16be(p, o);
    if (udpBytes % 2 === 1) sum += p[40 + udpBytes - 1]! << 8;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    setU16be(p, 46, ~sum & 0xffff || 0xffff);
  }

  flush(): void {
    this.#socket.flush();
  }

  stats(): DatagramSocketStats {
    return this.#socket.stats();
  }

  close(): void {
    this.#socket.close();
  }
}
