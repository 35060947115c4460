import { PacketBatch } from "@ngflow/graph";
import { type Libc, libc, MAP_FAILED, MAP_SHARED, type PollHandle, PROT_READ_WRITE } from "./libc.ts";
import { KernelError, LINUX, linuxErrnoName } from "./linux-errno.ts";
import { readRingBlock } from "./ring-block.ts";

const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_ATTACH_FILTER = 26;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_DROP_MEMBERSHIP = 2;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V3 = 2;
const PACKET_MR_MULTICAST = 0;
const PACKET_MR_PROMISC = 1;
const ETH_P_ALL = 0x0003;
/** Reserved by IANA and carried by no frame: bound to it, the socket hears nothing more. */
const ETH_P_NOTHING = 0xffff;

const BLOCK_STATUS_WORD = 2;
const TP_STATUS_KERNEL = 0;
const TP_STATUS_USER = 1;

/** Size and behaviour of a ring; every value has a default. */
export interface PacketRingOptions {
  /** Bytes of one block, a multiple of 4096; a frame larger than a block is cut to it. Default 262,144. */
  readonly blockSizeBytes?: number;
  /** Blocks of the ring; the ring holds their product. Default 128 (32 MiB). */
  readonly blockCount?: number;
  /** After this many milliseconds the kernel hands over a block that is not full. Default 20. */
  readonly retireMs?: number;
  /** Bytes captured of each frame; `wireLengths` keep the whole length. Default 0: all of them. */
  readonly snapLengthBytes?: number;
  readonly promiscuous?: boolean;
}

/** Who hears the ring. Batches lie over ring memory and are valid until the call returns. */
export interface PacketRingSink {
  /** Frames of one block, in order: those the interface received and those the host sent. Either may be empty. */
  deliver(received: PacketBatch, sent: PacketBatch): void;
  /** The interface no longer exists or the socket failed; nothing follows, `close` is still the owner's. */
  gone(reason: string): void;
}

/** Totals since the ring was opened. */
export interface PacketRingStats {
  /** Frames that reached the socket, dropped ones included. */
  readonly packetsSeen: number;
  /** Frames the kernel dropped for lack of a free block. */
  readonly packetsDropped: number;
  /** Times the ring was found full. */
  readonly freezes: number;
}

/** Blocks delivered in one turn of the event loop; control messages are answered between turns. */
const BLOCKS_PER_TURN = 4;
/** How often a ring whose interface was down once looks whether the interface is still there. */
const DOWN_CHECK_MS = 250;
/** Smallest distance between two frames in a block: 48-byte header, 20-byte address, 14-byte frame, aligned to 8. */
const LEAST_FRAME_BYTES = 88;

/**
 * A TPACKET_V3 receive ring on one interface (Linux Documentation/networking/packet_mmap.rst): the kernel writes frames
 * into blocks of shared memory, this class hands them on in place and gives the blocks back. It only listens.
 */
export class PacketRing {
  private readonly c: Libc;
  private readonly fd: number;
  private readonly interfaceIndex: number;
  private readonly blockSize: number;
  private readonly blockCount: number;
  private readonly received: PacketBatch;
  private readonly sent: PacketBatch;
  private address = MAP_FAILED;
  private status = new Int32Array(0);
  private words = new Uint32Array(0);
  private halves = new Uint16Array(0);
  private bytes = new Uint8Array(0);
  private nextBlock = 0;
  private sink: PacketRingSink | undefined;
  private watch: PollHandle | undefined;
  private downCheck: NodeJS.Timeout | undefined;
  private closed = false;
  private delivering = false;
  private unmapPending = false;
  private promiscuous = false;
  private seen = 0;
  private dropped = 0;
  private freezes = 0;

  /**
   * Opens the socket, maps the ring and binds it; frames are kept from now on, delivered after `start`.
   * @param interfaceIndex the kernel's number of the interface; `interfaceName` is for messages only.
   * @throws KernelError EPERM without CAP_NET_RAW, ENODEV without the interface, ENOMEM when the ring does not fit.
   */
  constructor(interfaceIndex: number, interfaceName: string, options: PacketRingOptions = {}) {
    this.c = libc();
    this.interfaceIndex = interfaceIndex;
    this.blockSize = options.blockSizeBytes ?? 262_144;
    this.blockCount = options.blockCount ?? 128;
    const capacity = Math.floor(this.blockSize / LEAST_FRAME_BYTES) + 1;
    this.received = new PacketBatch(capacity);
    this.sent = new PacketBatch(capacity);
    // Protocol 0: nothing is heard until bind names the interface, so no foreign frame enters the ring.
    this.fd = this.c.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
    if (this.fd < 0) this.refuse(`cannot capture on ${interfaceName}`);
    try {
      this.open(interfaceName, options);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private open(interfaceName: string, options: PacketRingOptions): void {
    const cannot = `cannot capture on ${interfaceName}`;
    const { c, fd, blockSize, blockCount } = this;
    const version = new Uint8Array(Int32Array.of(TPACKET_V3).buffer);
    if (c.setsockopt(fd, SOL_PACKET, PACKET_VERSION, version, 4) < 0) this.refuse(`${cannot}: no TPACKET_V3`);
    if ((options.snapLengthBytes ?? 0) > 0) this.attachSnapFilter(options.snapLengthBytes!, cannot);
    const frameSize = 2048;
    const request = Uint32Array.of(
      blockSize,
      blockCount,
      frameSize,
      (blockSize / frameSize) * blockCount,
      options.retireMs ?? 20,
      0,
      0,
    );
    if (c.setsockopt(fd, SOL_PACKET, PACKET_RX_RING, new Uint8Array(request.buffer), request.byteLength) < 0) {
      this.refuse(`${cannot}: a ring of ${blockCount} blocks of ${blockSize} bytes was refused`);
    }
    const size = blockSize * blockCount;
    this.address = c.mmap(size, PROT_READ_WRITE, MAP_SHARED, fd);
    if (this.address === MAP_FAILED) this.refuse(`${cannot}: mapping ${size} bytes failed`);
    const memory = c.view(this.address, size);
    this.status = new Int32Array(memory);
    this.words = new Uint32Array(memory);
    this.halves = new Uint16Array(memory);
    this.bytes = new Uint8Array(memory);
    this.received.buffer = this.bytes;
    this.sent.buffer = this.bytes;
    if (this.bindTo(ETH_P_ALL) < 0) this.refuse(cannot);
    if (options.promiscuous === true) this.setPromiscuous(true);
  }

  private refuse(what: string): never {
    const errno = this.c.errno();
    const why =
      errno === LINUX.EPERM || errno === LINUX.EACCES
        ? "the process lacks CAP_NET_RAW; run it with sudo, or with setpriv and ambient capabilities"
        : linuxErrnoName(errno);
    throw new KernelError(errno === LINUX.EACCES ? LINUX.EPERM : errno, `${what}: ${why}`);
  }

  private bindTo(protocol: number): number {
    const address = new Uint8Array(20);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(2, protocol, false);
    view.setInt32(4, this.interfaceIndex, true);
    return this.c.bind(this.fd, address, address.length);
  }

  /** A classic BPF program of one instruction, "return N": the kernel copies at most N bytes of a frame. */
  private attachSnapFilter(length: number, cannot: string): void {
    const { c } = this;
    const page = c.mmap(4096, PROT_READ_WRITE, 0x22, -1);
    if (page === MAP_FAILED) this.refuse(cannot);
    const program = new DataView(c.view(page, 4096));
    program.setUint16(0, 0x06, true);
    program.setUint32(4, length, true);
    program.setUint16(64, 1, true);
    program.setBigUint64(72, page, true);
    const result = c.setsockopt(this.fd, SOL_SOCKET, SO_ATTACH_FILTER, page + 64n, 16);
    const errno = c.errno();
    c.munmap(page, 4096);
    if (result < 0) throw new KernelError(errno, `${cannot}: capture length ${length}: ${linuxErrnoName(errno)}`);
  }

  /** Begins to deliver: whenever blocks are ready, a bounded number of them per turn of the event loop. */
  start(sink: PacketRingSink): void {
    if (this.closed || this.watch !== undefined) return;
    this.sink = sink;
    this.watch = this.c.watch(this.fd, { readable: true }, this.onReady);
  }

  private readonly onReady = (status: number): void => {
    if (this.closed) return;
    if (status < 0) {
      this.recover();
      return;
    }
    this.deliverReady(BLOCKS_PER_TURN);
  };

  /** The event loop stops watching after an error on the socket: find out which, and go on unless the end is near. */
  private recover(): void {
    const value = new Uint8Array(4);
    const length = new Uint8Array(Int32Array.of(4).buffer);
    this.c.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, value, length);
    const error = new DataView(value.buffer).getInt32(0, true);
    this.deliverReady(this.blockCount);
    if (this.closed) return;
    if (error !== 0 && error !== LINUX.ENETDOWN) {
      this.sink?.gone(linuxErrnoName(error));
      return;
    }
    this.watch?.start({ readable: true }, this.onReady);
    // An interface that goes away is set down first and the socket hears of that alone, so from now on look.
    if (error === LINUX.ENETDOWN) this.downCheck ??= setInterval(this.checkWhileDown, DOWN_CHECK_MS).unref();
    this.checkWhileDown();
  }

  private readonly checkWhileDown = (): void => {
    if (this.closed || this.interfaceExists()) return;
    this.endDownCheck();
    this.watch?.stop();
    this.sink?.gone("the interface is gone");
  };

  private endDownCheck(): void {
    clearInterval(this.downCheck);
    this.downCheck = undefined;
  }

  private interfaceExists(): boolean {
    const address = new Uint8Array(20);
    const length = new Uint8Array(Int32Array.of(20).buffer);
    if (this.c.getsockname(this.fd, address, length) < 0) return false;
    return new DataView(address.buffer).getInt32(4, true) === this.interfaceIndex;
  }

  /** Delivers blocks that the kernel has handed over, at most `limit`. */
  private deliverReady(limit: number): void {
    if (this.delivering) return;
    this.delivering = true;
    const wordsPerBlock = this.blockSize >>> 2;
    for (let n = 0; n < limit && !this.closed; n++) {
      const at = this.nextBlock * wordsPerBlock;
      if ((Atomics.load(this.status, at + BLOCK_STATUS_WORD) & TP_STATUS_USER) === 0) break;
      this.deliverBlock(at);
      if (this.unmapPending) break;
      Atomics.store(this.status, at + BLOCK_STATUS_WORD, TP_STATUS_KERNEL);
      this.nextBlock = this.nextBlock + 1 === this.blockCount ? 0 : this.nextBlock + 1;
    }
    this.delivering = false;
    if (this.unmapPending) this.unmap();
  }

  private deliverBlock(at: number): void {
    const { received, sent } = this;
    received.count = 0;
    sent.count = 0;
    readRingBlock(this.words, this.halves, this.bytes, at, this.interfaceIndex, received, sent);
    this.sink?.deliver(received, sent);
  }

  /**
   * Ends capture and delivers every frame captured until now, those of the unfinished block included. Afterwards only
   * `close` and `stats` are of use.
   */
  drain(): void {
    if (this.closed || this.delivering) return;
    // Rebinding waits until no processor is inside the receive path, so the open block no longer changes.
    const quiet = this.bindTo(ETH_P_NOTHING) === 0;
    this.watch?.stop();
    this.deliverReady(this.blockCount);
    const at = this.nextBlock * (this.blockSize >>> 2);
    if (quiet && !this.closed && this.words[at + 3]! > 0) this.deliverBlock(at);
    this.readStatistics();
    this.closed = true;
    this.release();
  }

  /** Joins or leaves promiscuous mode; the kernel counts requests and drops this one when the socket closes. */
  setPromiscuous(on: boolean): void {
    if (this.closed || on === this.promiscuous) return;
    this.membership(on, PACKET_MR_PROMISC, new Uint8Array(0));
    this.promiscuous = on;
  }

  /** Joins or leaves a link-layer multicast group for as long as the ring is open. */
  setMulticast(group: Uint8Array, on: boolean): void {
    if (!this.closed) this.membership(on, PACKET_MR_MULTICAST, group);
  }

  private membership(on: boolean, type: number, address: Uint8Array): void {
    const request = new Uint8Array(16);
    const view = new DataView(request.buffer);
    view.setInt32(0, this.interfaceIndex, true);
    view.setUint16(4, type, true);
    view.setUint16(6, address.length, true);
    request.set(address, 8);
    const name = on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;
    if (this.c.setsockopt(this.fd, SOL_PACKET, name, request, request.length) < 0) {
      const errno = this.c.errno();
      throw new KernelError(errno, `interface ${this.interfaceIndex} refused the membership: ${linuxErrnoName(errno)}`);
    }
  }

  /** Totals; the kernel's counters are read (and by that reset) here. */
  stats(): PacketRingStats {
    if (!this.closed) this.readStatistics();
    return { packetsSeen: this.seen, packetsDropped: this.dropped, freezes: this.freezes };
  }

  private readStatistics(): void {
    const value = new Uint8Array(12);
    const length = new Uint8Array(Int32Array.of(12).buffer);
    if (this.c.getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, value, length) < 0) return;
    const view = new DataView(value.buffer);
    this.seen += view.getUint32(0, true);
    this.dropped += view.getUint32(4, true);
    this.freezes += view.getUint32(8, true);
  }

  /** Frees socket and memory. No delivery happens afterwards; undelivered frames are lost. Safe to call twice. */
  close(): void {
    if (this.closed) return;
    if (this.address !== MAP_FAILED) this.readStatistics();
    this.closed = true;
    this.release();
  }

  private release(): void {
    this.endDownCheck();
    this.watch?.close();
    this.watch = undefined;
    this.sink = undefined;
    if (this.delivering) this.unmapPending = true;
    else this.unmap();
  }

  private unmap(): void {
    this.unmapPending = false;
    const nothing = new Uint8Array(0);
    this.received.buffer = nothing;
    this.sent.buffer = nothing;
    this.received.count = 0;
    this.sent.count = 0;
    this.bytes = nothing;
    this.status = new Int32Array(0);
    this.words = new Uint32Array(0);
    this.halves = new Uint16Array(0);
    if (this.address !== MAP_FAILED) this.c.munmap(this.address, this.blockSize * this.blockCount);
    this.address = MAP_FAILED;
    if (this.fd >= 0) this.c.close(this.fd);
  }
}
