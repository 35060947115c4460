import type { PacketBatch } from "@ngflow/base";
import { type Libc, MAP_FAILED, MAP_PRIVATE_ANONYMOUS, PROT_READ_WRITE } from "../libc.ts";
import { KernelError } from "../linux-errno.ts";

/** Sizes on 64-bit Linux: struct mmsghdr and struct iovec. */
const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const IOV_OFFSET = 16;
const IOVLEN_OFFSET = 24;
/** Room for the receiver's address of one datagram; the longest, of a Unix socket, takes 110 bytes. */
export const NAME_BYTES = 128;
const MMSGHDR_WORDS = MMSGHDR_BYTES >>> 2;
const NAMELEN_WORD = 2;

/** Datagrams and bytes that wait for the socket at most. */
export const QUEUE_DATAGRAMS = 1024;
export const QUEUE_BYTES = 1 << 21;

/** The mapping holds the headers, then the vectors, then the receivers' addresses, then the datagrams' bytes. */
const NAMES_AT = QUEUE_DATAGRAMS * (MMSGHDR_BYTES + IOVEC_BYTES);
const DATA_AT = NAMES_AT + QUEUE_DATAGRAMS * NAME_BYTES;
/** Index of the first vector in 32-bit words. */
const VECTOR_WORDS = (QUEUE_DATAGRAMS * MMSGHDR_BYTES) >>> 2;

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Uint32Array(0);

/**
 * Datagrams laid out in memory for sendmmsg(2): headers, vectors and bytes in one mapping whose addresses do not move.
 * It fills from the front and starts over when everything has been sent.
 */
export class SendQueue {
  private readonly c: Libc;
  private readonly base: bigint;
  private readonly size = DATA_AT + QUEUE_BYTES;
  private bytes: Uint8Array;
  private words: Uint32Array;
  private readonly baseLow: number;
  private readonly baseHigh: number;
  private head = 0;
  private tail = 0;
  private used = 0;

  constructor(c: Libc) {
    this.c = c;
    this.base = c.mmap(this.size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);
    if (this.base === MAP_FAILED) throw new KernelError(c.errno(), "no memory for a socket's send queue");
    const memory = c.view(this.base, this.size);
    this.bytes = new Uint8Array(memory);
    this.words = new Uint32Array(memory);
    const view = new DataView(memory);
    const vectors = QUEUE_DATAGRAMS * MMSGHDR_BYTES;
    for (let i = 0; i < QUEUE_DATAGRAMS; i++) {
      view.setBigUint64(i * MMSGHDR_BYTES + IOV_OFFSET, this.base + BigInt(vectors + i * IOVEC_BYTES), true);
      view.setUint32(i * MMSGHDR_BYTES + IOVLEN_OFFSET, 1, true);
    }
    // Addresses are written as base + offset with a carry, without BigInt per datagram.
    this.baseLow = Number(this.base & 0xffff_ffffn);
    this.baseHigh = Number(this.base >> 32n);
  }

  /** Datagrams waiting. */
  get length(): number {
    return this.tail - this.head;
  }

  /** Whether the datagram at the head has a receiver of its own. */
  get headIsNamed(): boolean {
    return this.words[this.head * MMSGHDR_WORDS + NAMELEN_WORD] !== 0;
  }

  /**
   * Copies one packet of a batch; false when there is no room.
   * @param name struct sockaddr of the receiver; without one the datagram goes to the socket's peer.
   */
  push(batch: PacketBatch, i: number, name?: Uint8Array): boolean {
    const length = batch.lengths[i]!;
    if (!this.hasRoom(length)) {
      if (this.head * 2 < this.tail) return false;
      this.compact();
      if (!this.hasRoom(length)) return false;
    }
    const from = batch.offsets[i]!;
    this.bytes.set(batch.buffer.subarray(from, from + length), DATA_AT + this.used);
    if (name !== undefined) this.bytes.set(name, NAMES_AT + this.tail * NAME_BYTES);
    this.append(length, name === undefined ? 0 : name.length);
    return true;
  }

  private hasRoom(length: number): boolean {
    return this.tail < QUEUE_DATAGRAMS && this.used + length <= QUEUE_BYTES;
  }

  /** Writes header and vector of a datagram whose bytes and receiver are already in place, after those in use. */
  private append(length: number, nameLength: number): void {
    const h = this.tail * MMSGHDR_WORDS;
    if (nameLength !== this.words[h + NAMELEN_WORD]) this.writeName(h, nameLength);
    const low = this.baseLow + DATA_AT + this.used;
    const w = VECTOR_WORDS + this.tail * (IOVEC_BYTES >>> 2);
    this.words[w] = low >>> 0;
    this.words[w + 1] = low > 0xffff_ffff ? this.baseHigh + 1 : this.baseHigh;
    this.words[w + 2] = length;
    this.words[w + 3] = 0;
    this.used += length;
    this.tail++;
  }

  private writeName(header: number, length: number): void {
    const low = length === 0 ? 0 : this.baseLow + NAMES_AT + this.tail * NAME_BYTES;
    const high = length === 0 ? 0 : this.baseHigh;
    this.words[header] = low >>> 0;
    this.words[header + 1] = low > 0xffff_ffff ? high + 1 : high;
    this.words[header + NAMELEN_WORD] = length;
  }

  /**
   * Moves what waits to the front. It is called when at least half of the datagrams have been sent, so each one moves
   * at most once.
   */
  private compact(): void {
    const { head } = this;
    const waiting = this.tail - head;
    let sent = this.used;
    for (let i = head; i < this.tail; i++) sent -= this.lengthOf(i);
    this.bytes.copyWithin(DATA_AT, DATA_AT + sent, DATA_AT + this.used);
    this.bytes.copyWithin(NAMES_AT, NAMES_AT + head * NAME_BYTES, NAMES_AT + this.tail * NAME_BYTES);
    this.head = 0;
    this.tail = 0;
    this.used = 0;
    // Entry `head + i` is read before entry i is written, so no entry is overwritten unread.
    for (let i = head; i < head + waiting; i++) {
      this.append(this.lengthOf(i), this.words[i * MMSGHDR_WORDS + NAMELEN_WORD]!);
    }
  }

  private lengthOf(i: number): number {
    return this.words[VECTOR_WORDS + i * (IOVEC_BYTES >>> 2) + 2]!;
  }

  /** One sendmmsg call for everything that waits. Returns datagrams taken, or -1 with the reason in errno. */
  send(fd: number, flags: number): number {
    return this.c.sendmmsg(fd, this.base + BigInt(this.head * MMSGHDR_BYTES), this.tail - this.head, flags);
  }

  /** Bytes of the first `count` datagrams, which leave the queue. */
  shift(count: number): number {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += this.lengthOf(this.head + i);
    this.head += count;
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
      this.used = 0;
    }
    return bytes;
  }

  /** Frees the memory; the queue must not be used afterwards. */
  free(): void {
    this.bytes = NO_BYTES;
    this.words = NO_WORDS;
    this.c.munmap(this.base, this.size);
  }
}
