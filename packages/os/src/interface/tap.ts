import { writeFileSync } from "node:fs";
import type { PacketBatch } from "@ngflow/base";
import { FrameSlots, MAX_FRAME_BYTES } from "../ring/frame-slots.ts";
import { type Libc, libc } from "../libc.ts";
import { KernelError, LINUX, linuxErrnoName } from "../linux-errno.ts";
import { OFFLOAD_HEADER_BYTES } from "../ring/offload-header.ts";
import { readLinks } from "./read-links.ts";

const DEVICE = "/dev/net/tun";
const O_RDWR_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const TUNSETIFF = 0x400454ca;
const TUNSETOFFLOAD = 0x400454d0;
const IFF_TUN = 0x0001;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
/** Refuses a name that exists, instead of taking the interface over. */
const IFF_TUN_EXCL = 0x8000;
const TUNSETCARRIER = 0x400454e2;
/** TUN_F_CSUM, TSO4, TSO6, TSO_ECN; with UDP segmentation since Linux 6.2. */
const OFFLOADS = 0x0f;
const OFFLOADS_UDP = 0x6f;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCGIFINDEX = 0x8933;
const SIOCSIFTXQLEN = 0x8943;
const IFF_UP = 0x1;
const IFF_NOARP = 0x80;
const IFREQ_BYTES = 40;
const IFREQ_VALUE = 16;
/** The shortest packet of each kind: an Ethernet header, or the first byte of an IP header, which is its version. */
const SHORTEST = { ethernet: 14, ip: 1 } as const;
/** Where the source address begins in a frame. */
const SOURCE_AT = 6;

/** What the packets of an interface begin with: a TAP's with an Ethernet header, a TUN's with an IP header. */
export type TapKind = keyof typeof SHORTEST;

export interface TapOptions {
  /** `ethernet` by default. */
  readonly kind?: TapKind;
  /**
   * Frames that wait for `read` before the kernel drops more; the interface is up, without addresses and silent, and
   * its frames may be unfinished. Without it the interface is the host's to configure: it is down, and what it sends is
   * finished. A TAP then has no carrier, a TUN has one.
   */
  readonly queueLength?: number;
}

/**
 * A TAP or TUN interface whose frames carry their offload state. It lives as long as its descriptor, at most as the
 * process.
 */
export class Tap {
  readonly name: string;
  readonly index: number;
  readonly fd: number;
  readonly #kind: TapKind;
  readonly #c: Libc;
  /** Slot for frames from elsewhere on their way out. */
  readonly #staging: FrameSlots;
  readonly #original = new Uint8Array(6);

  /**
   * Makes the interface.
   * @throws KernelError EPERM without CAP_NET_ADMIN or when the device may not be opened, EBUSY when the name is taken,
   * ENOENT without /dev/net/tun.
   */
  constructor(name: string, { kind = "ethernet", queueLength }: TapOptions = {}) {
    this.#c = libc();
    this.name = name;
    this.#kind = kind;
    this.fd = this.#c.open(DEVICE, O_RDWR_NONBLOCK_CLOEXEC);
    if (this.fd < 0) this.#refuseDevice();
    try {
      const layer = kind === "ethernet" ? IFF_TAP : IFF_TUN;
      const flags = layer | IFF_NO_PI | IFF_VNET_HDR | (queueLength === undefined ? IFF_TUN_EXCL : 0);
      this.#request(this.fd, TUNSETIFF, flags, "no such interface could be made");
      if (queueLength !== undefined) this.#takeUnfinished();
      else if (kind === "ethernet") this.setCarrier(false);
      this.index = this.#configure(queueLength);
      this.#staging = new FrameSlots(1);
    } catch (error) {
      this.#c.close(this.fd);
      throw error;
    }
  }

  /** The interface in messages. */
  get #label(): string {
    return `${this.#kind === "ethernet" ? "TAP" : "TUN"} ${this.name}`;
  }

  /**
   * Opening asks for no capability: it is the permission of the file, or the policy of the container's devices, that
   * forbids.
   */
  #refuseDevice(): never {
    const errno = this.#c.errno();
    const { EACCES, EPERM } = LINUX;
    let why = linuxErrnoName(errno);
    if (errno === EACCES)
      why = "its permission keeps this user out; let one in with chgrp and chmod 0660, or run it with sudo";
    else if (errno === EPERM) why = "the container or service does not allow this device";
    throw new KernelError(errno === EACCES ? EPERM : errno, `${this.#label}: ${DEVICE}: ${why}`);
  }

  #refuse(what: string): never {
    const errno = this.#c.errno();
    const forbidden = errno === LINUX.EPERM || errno === LINUX.EACCES;
    const why = forbidden ? "the process lacks CAP_NET_ADMIN; run it with sudo" : linuxErrnoName(errno);
    throw new KernelError(forbidden ? LINUX.EPERM : errno, `${this.#label}: ${what}: ${why}`);
  }

  /** An interface request (netdevice(7)). Returns the struct's value, a 32-bit number. */
  #request(fd: number, number: number, value: number, what: string): number {
    const struct = new Uint8Array(IFREQ_BYTES);
    for (let i = 0; i < this.name.length; i++) struct[i] = this.name.charCodeAt(i);
    const view = new DataView(struct.buffer);
    view.setInt32(IFREQ_VALUE, value, true);
    if (this.#c.ioctl(fd, number, struct) < 0) this.#refuse(what);
    return view.getInt32(IFREQ_VALUE, true);
  }

  #takeUnfinished(): void {
    const { fd } = this;
    const c = this.#c;
    if (c.ioctl(fd, TUNSETOFFLOAD, BigInt(OFFLOADS_UDP)) >= 0 || c.ioctl(fd, TUNSETOFFLOAD, BigInt(OFFLOADS)) >= 0)
      return;
    this.#refuse("offloads");
  }

  /** Sets whether the host sees a carrier. */
  setCarrier(on: boolean): void {
    if (this.#c.ioctl(this.fd, TUNSETCARRIER, new Uint8Array(Int32Array.of(on ? 1 : 0).buffer)) < 0)
      this.#refuse("link");
  }

  /** Returns the interface's number. */
  #configure(queueLength: number | undefined): number {
    // No router solicitation, no neighbour of its own; where /proc is read-only the interface sends them and they reach
    // no one.
    try {
      if (queueLength !== undefined) writeFileSync(`/proc/sys/net/ipv6/conf/${this.name}/disable_ipv6`, "1");
    } catch {
      // Not fatal, see above.
    }
    const socket = this.#c.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    if (socket < 0) this.#refuse("no socket");
    try {
      const index = this.#request(socket, SIOCGIFINDEX, 0, "index");
      if (queueLength === undefined) return index;
      this.#request(socket, SIOCSIFTXQLEN, queueLength, "queue length");
      const flags = this.#request(socket, SIOCGIFFLAGS, 0, "flags") & 0xffff;
      this.#request(socket, SIOCSIFFLAGS, flags | IFF_UP | IFF_NOARP, "up");
      return index;
    } finally {
      this.#c.close(socket);
    }
  }

  /** Fills the batch of `slots` with frames that wait, at most `limit`. Returns how many. */
  read(slots: FrameSlots, limit: number, timeUs: number): number {
    const { batch } = slots;
    const count = Math.min(limit, batch.capacity);
    const shortest = OFFLOAD_HEADER_BYTES + SHORTEST[this.#kind];
    batch.count = 0;
    while (batch.count < count) {
      const length = this.#c.read(this.fd, slots.addressOf(batch.count), slots.room);
      if (length < shortest) break;
      slots.push(batch.count, length, timeUs);
    }
    return batch.count;
  }

  /**
   * Sends frames into the interface, as if they had arrived on its wire. Frames of `FrameSlots`, and copies of them
   * with their headers, keep their offload state; those from elsewhere must be complete.
   * @param source six bytes that replace each frame's source address on the way; the batch itself stays as it was.
   * @returns frames refused: shorter than an Ethernet header (of a TUN: empty), cut short by a capture, too long, or
   *   not taken by the kernel.
   */
  write(batch: PacketBatch, source?: Uint8Array): number {
    const slots = FrameSlots.under(batch);
    const shortest = SHORTEST[this.#kind];
    let refused = 0;
    for (let i = 0; i < batch.count; i++) {
      const length = batch.lengths[i]!;
      if (length < shortest || length !== batch.wireLengths[i] || length > MAX_FRAME_BYTES) {
        refused++;
        continue;
      }
      // A tag next to a frame has to be put into it.
      const header = slots === undefined || batch.vlanTags[i] !== 0 ? 0 : slots.headerOf(batch.offsets[i]!);
      const sent = header === 0 ? this.#writeCopy(batch, i, source) : this.#writeSlot(batch, i, header, source);
      if (!sent) refused++;
    }
    return refused;
  }

  #writeCopy(batch: PacketBatch, i: number, source: Uint8Array | undefined): boolean {
    const staging = this.#staging;
    const whole = staging.copyFrom(batch, i, 0);
    if (source !== undefined) staging.bytes.set(source, staging.frameAt(0) + SOURCE_AT);
    return this.#c.write(this.fd, staging.addressOf(0), whole) === whole;
  }

  #writeSlot(batch: PacketBatch, i: number, header: number, source: Uint8Array | undefined): boolean {
    const whole = batch.lengths[i]! + OFFLOAD_HEADER_BYTES;
    if (source === undefined) return this.#c.write(this.fd, header, whole) === whole;
    const { buffer } = batch;
    const at = batch.offsets[i]! + SOURCE_AT;
    for (let n = 0; n < 6; n++) {
      this.#original[n] = buffer[at + n]!;
      buffer[at + n] = source[n]!;
    }
    const sent = this.#c.write(this.fd, header, whole) === whole;
    for (let n = 0; n < 6; n++) buffer[at + n] = this.#original[n]!;
    return sent;
  }

  /** Frames that the kernel dropped because they were not read in time. */
  dropped(): number {
    return readLinks(this.name)?.[0]?.txDropped ?? 0;
  }

  close(): void {
    this.#c.close(this.fd);
    this.#staging.close();
  }
}
