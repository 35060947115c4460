import { hasLibc, type Libc, libc } from "../libc.ts";
import { LINUX } from "../linux-errno.ts";

const MSG_DONTWAIT = 0x40;

/** Most datagrams of one call. */
export const RECEIVE_DATAGRAMS = 64;

/** Sizes on 64-bit Linux: struct mmsghdr and struct iovec, and fields of the first in 32-bit words. */
const HEADER_BYTES = 64;
const HEADER_WORDS = HEADER_BYTES >>> 2;
const VECTOR_BYTES = 16;
const NAMELEN_WORD = 2;
const CONTROLLEN_WORD = 10;
const LENGTH_WORD = 14;
/** Room for struct sockaddr_in6, and its fields: port (big-endian) and address; sockaddr_in has its address at 4. */
const NAME_BYTES = 32;
const NAME_LENGTH = 28;
const PORT_BYTE = 2;
const IPV4_WORD = 1;
const IPV6_WORD = 2;
const AF_INET = 2;
/** ::ffff:0:0/96, the third word as this machine reads it. */
const MAPPED_WORD = 0xffff_0000;
/**
 * Room for the arrival time: struct cmsghdr (length, level, type) and struct timespec. In words: level and type,
 * seconds (the low half), nanoseconds.
 */
const CONTROL_BYTES = 32;
const LEVEL_WORD = 2;
const TYPE_WORD = 3;
const SECONDS_WORD = 4;
const NANOSECONDS_WORD = 6;
const SOL_SOCKET = 1;
const SCM_TIMESTAMPNS = 35;
/** The longest UDP payload fits. Not a power of two, so that the first lines of all places do not share cache sets. */
const PLACE_BYTES = 65_536 + 1536;

const VECTORS_AT = RECEIVE_DATAGRAMS * HEADER_BYTES;
const NAMES_AT = VECTORS_AT + RECEIVE_DATAGRAMS * VECTOR_BYTES;
const CONTROLS_AT = NAMES_AT + RECEIVE_DATAGRAMS * NAME_BYTES;
const PLACES_AT = CONTROLS_AT + RECEIVE_DATAGRAMS * CONTROL_BYTES;

/** Bytes of memory that a receiver uses. Only the pages that datagrams reach take real memory. */
export const RECEIVER_BYTES = PLACES_AT + RECEIVE_DATAGRAMS * PLACE_BYTES;

/**
 * Reads UDP datagrams with recvmmsg(2), many a call, into memory that its owner shares between threads. Nothing is
 * allocated. Linux on 64-bit little-endian machines (`canReceiveBatches`).
 */
export class DatagramReceiver {
  private readonly c: Libc;
  private readonly vector: number;
  private readonly at: number;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly headers: number;
  private readonly names: number;
  private readonly controls: number;
  /** Headers whose result fields the last call wrote. */
  private used = 0;

  /** @param at first of RECEIVER_BYTES bytes of `memory`, a multiple of 8 */
  constructor(memory: SharedArrayBuffer, at: number) {
    this.c = libc();
    this.at = at;
    this.bytes = new Uint8Array(memory);
    this.words = new Uint32Array(memory);
    this.headers = at >>> 2;
    this.names = (at + NAMES_AT) >>> 2;
    this.controls = (at + CONTROLS_AT) >>> 2;
    this.vector = this.c.addressOf(memory) + at;
    const view = new DataView(memory, at);
    const pointTo = (field: number, offset: number): void =>
      view.setBigUint64(field, BigInt(this.vector + offset), true);
    for (let i = 0; i < RECEIVE_DATAGRAMS; i++) {
      const header = i * HEADER_BYTES;
      const vector = VECTORS_AT + i * VECTOR_BYTES;
      pointTo(header, NAMES_AT + i * NAME_BYTES);
      pointTo(header + 16, vector);
      view.setUint32(header + 24, 1, true);
      pointTo(header + 32, CONTROLS_AT + i * CONTROL_BYTES);
      pointTo(vector, PLACES_AT + i * PLACE_BYTES);
      view.setUint32(vector + 8, PLACE_BYTES, true);
    }
    this.used = RECEIVE_DATAGRAMS;
  }

  /**
   * Reads what waits at a socket without waiting for more. Returns the number of datagrams, fewer than
   * RECEIVE_DATAGRAMS when the socket is empty; the kernel's error number as a negative number when it refuses.
   */
  receive(fd: number): number {
    const { words } = this;
    for (let i = 0; i < this.used; i++) {
      const header = this.headers + i * HEADER_WORDS;
      words[header + NAMELEN_WORD] = NAME_LENGTH;
      words[header + CONTROLLEN_WORD] = CONTROL_BYTES;
    }
    this.used = 0;
    const count = this.c.recvmmsg(fd, this.vector, RECEIVE_DATAGRAMS, MSG_DONTWAIT);
    if (count >= 0) {
      this.used = count;
      return count;
    }
    const errno = this.c.errno();
    return errno === LINUX.EAGAIN || errno === LINUX.EINTR ? 0 : -errno;
  }

  /** Offset in the memory of the payload of datagram `i` of the last call; a multiple of 8. */
  start(i: number): number {
    return this.at + PLACES_AT + i * PLACE_BYTES;
  }

  /** Bytes of its payload. */
  length(i: number): number {
    return this.words[this.headers + i * HEADER_WORDS + LENGTH_WORD]!;
  }

  /** Its source port. */
  port(i: number): number {
    const at = this.at + NAMES_AT + i * NAME_BYTES + PORT_BYTE;
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  /** Copies its source address, 16 bytes (IPv4 as ::ffff:a.b.c.d), to four words. */
  copyAddress(i: number, to: Uint32Array, at: number): void {
    const { words } = this;
    const name = this.names + i * (NAME_BYTES >>> 2);
    if ((words[name]! & 0xffff) === AF_INET) {
      to[at] = 0;
      to[at + 1] = 0;
      to[at + 2] = MAPPED_WORD;
      to[at + 3] = words[name + IPV4_WORD]!;
      return;
    }
    for (let k = 0; k < 4; k++) to[at + k] = words[name + IPV6_WORD + k]!;
  }

  /** When it arrived, Unix milliseconds, an integer; 0 if the kernel did not stamp it. */
  arrivedMs(i: number): number {
    const { words } = this;
    const control = this.controls + i * (CONTROL_BYTES >>> 2);
    if (
      words[this.headers + i * HEADER_WORDS + CONTROLLEN_WORD] !== CONTROL_BYTES ||
      words[control + LEVEL_WORD] !== SOL_SOCKET ||
      words[control + TYPE_WORD] !== SCM_TIMESTAMPNS
    ) {
      return 0;
    }
    return words[control + SECONDS_WORD]! * 1000 + Math.floor(words[control + NANOSECONDS_WORD]! / 1e6);
  }
}

/** Machines whose structures have the layout above. */
const ARCHITECTURES: ReadonlySet<string> = new Set(["x64", "arm64", "riscv64", "loong64"]);

/** Whether `DatagramReceiver` and `UdpPort` work on this machine. */
export function canReceiveBatches(): boolean {
  return ARCHITECTURES.has(process.arch) && hasLibc();
}
