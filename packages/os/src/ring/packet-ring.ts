import { LINK_ETHERNET, PacketBatch } from "@ngflow/base";
import { type Libc, libc, MAP_FAILED, type PollHandle } from "../libc.ts";
import { LINUX, linuxErrnoName } from "../linux-errno.ts";
import { type FanoutGroup, PACKET_MR_MULTICAST, PACKET_MR_PROMISC, PacketSocket } from "./packet-socket.ts";
import { COUNT_WORD, readRingBlock } from "./ring-block.ts";
import { KEEP_NOTHING, type LinkFilter, type SocketFilter } from "../filter/socket-filter.ts";
import { ringFilter } from "./ring-filter.ts";

/** Word of struct tpacket_block_desc: block_status. */
const BLOCK_STATUS_WORD = 2;
const TP_STATUS_KERNEL = 0;
const TP_STATUS_USER = 1;

/** Size and behaviour of a ring; every value has a default. */
export interface PacketRingOptions {
  /** Bytes of one block, a multiple of 4096; a frame larger than a block is cut to it. Default 131,072. */
  readonly blockSizeBytes?: number;
  /** Blocks of the ring; the ring holds their product. Default 256 (32 MiB). */
  readonly blockCount?: number;
  /** After this many milliseconds the kernel hands over a block that is not full. Default 20. */
  readonly retireMs?: number;
  /** Bytes captured of each frame; `wireLengths` keep the whole length. Default 0: all of them. */
  readonly snapLengthBytes?: number;
  readonly promiscuous?: boolean;
  /** Whether a frame that an offload merged or has not cut yet counts as its segments. Default: as one packet. */
  readonly countSegments?: boolean;
  /**
   * Program in the kernel that chooses frames; the others are neither captured nor counted by it. Default: all frames.
   */
  readonly filter?: LinkFilter;
  /** What the packets of the interface begin with. Default LINK_ETHERNET. */
  readonly linkType?: number;
  /**
   * Fanout group to share the interface's frames with; the ring's `fanoutGroup` is the number of a new one. Default:
   * this ring captures all frames.
   */
  readonly fanoutGroup?: FanoutGroup;
}

/** Receives the frames of a ring. Batches are views of ring memory and are valid until the call returns. */
export interface PacketRingSink {
  /** Frames of one block, in order: those the interface received and those the host sent. Either may be empty. */
  deliver(received: PacketBatch, sent: PacketBatch): void;
  /** The interface no longer exists or the socket failed; nothing follows; the owner still has to call `close`. */
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
  /** Frames that were in the ring undelivered when it was closed. */
  readonly packetsLeft: number;
}

/** How often the kernel's counters of 32 bits are added up, even when `stats` is not called. */
const STATISTICS_MS = 1000;
/** No further frames are delivered in one turn of the event loop after this; messages are answered between turns. */
const TURN_MS = 1;
/** How often a ring whose interface went down checks that the interface still exists. */
const DOWN_CHECK_MS = 250;
/** Frames delivered at a time: however long the graph takes per frame, a turn is not much longer than `TURN_MS`. */
const FRAMES_AT_A_TIME = 256;

const NO_BYTES = new Uint8Array(0);
const NO_STATUS = new Int32Array(0);
const NO_WORDS = new Uint32Array(0);
const NO_HALVES = new Uint16Array(0);

/**
 * A TPACKET_V3 receive ring on one interface (Linux Documentation/networking/packet_mmap.rst): the kernel writes frames
 * into blocks of shared memory, this class hands them on in place and gives the blocks back. It only listens.
 */
export class PacketRing {
  private readonly c: Libc;
  private readonly socket: PacketSocket;
  private readonly interfaceIndex: number;
  private readonly blockSize: number;
  private readonly blockCount: number;
  private readonly received: PacketBatch;
  private readonly sent: PacketBatch;
  private address = MAP_FAILED;
  private status: Int32Array = NO_STATUS;
  private words: Uint32Array = NO_WORDS;
  private halves: Uint16Array = NO_HALVES;
  private bytes: Uint8Array = NO_BYTES;
  private nextBlock = 0;
  private sink: PacketRingSink | undefined;
  private watch: PollHandle | undefined;
  private downCheck: NodeJS.Timeout | undefined;
  private statistics: NodeJS.Timeout | undefined;
  private closed = false;
  private delivering = false;
  private unmapPending = false;
  private promiscuous = false;
  private group: number | undefined;
  private seen = 0;
  private dropped = 0;
  private freezes = 0;
  /** Whether the kernel writes an offload header before each frame. */
  private offloads = false;
  /** Frames read from blocks. */
  private read = 0;

  /**
   * Opens the socket, maps the ring and binds it; frames are kept from now on, delivered after `start`.
   * @param interfaceIndex the kernel's number of the interface; `interfaceName` is for messages only.
   * @throws KernelError EPERM without CAP_NET_RAW, ENODEV without the interface, ENOMEM when the ring does not fit.
   */
  constructor(interfaceIndex: number, interfaceName: string, options: PacketRingOptions = {}) {
    this.c = libc();
    this.interfaceIndex = interfaceIndex;
    this.blockSize = options.blockSizeBytes ?? 131_072;
    this.blockCount = options.blockCount ?? 256;
    this.received = new PacketBatch(FRAMES_AT_A_TIME);
    this.sent = new PacketBatch(FRAMES_AT_A_TIME);
    this.received.linkType = this.sent.linkType = options.linkType ?? LINK_ETHERNET;
    this.socket = new PacketSocket(interfaceIndex, interfaceName);
    try {
      this.createRing(options, interfaceName);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private createRing(options: PacketRingOptions, interfaceName: string): void {
    const { socket, blockSize, blockCount } = this;
    const { linkType = LINK_ETHERNET, snapLengthBytes = 0 } = options;
    const filter = ringFilter(options.filter, linkType, snapLengthBytes, interfaceName);
    const shares = options.fanoutGroup !== undefined;
    // Until it is in its group, a ring would capture what the others of the group already capture.
    if (shares) socket.attachFilter(KEEP_NOTHING);
    else if (filter !== undefined) socket.attachFilter(filter);
    this.offloads = options.countSegments === true && socket.askForOffloads();
    this.address = socket.mapRing(blockSize, blockCount, options.retireMs ?? 20);
    const memory = this.c.view(this.address, blockSize * blockCount);
    this.status = new Int32Array(memory);
    this.words = new Uint32Array(memory);
    this.halves = new Uint16Array(memory);
    this.bytes = new Uint8Array(memory);
    this.received.buffer = this.bytes;
    this.sent.buffer = this.bytes;
    socket.listen();
    if (shares) this.share(options.fanoutGroup, filter);
    if (options.promiscuous === true) this.setPromiscuous(true);
  }

  private share(group: FanoutGroup, filter: SocketFilter | undefined): void {
    this.group = this.socket.joinFanout(group);
    if (filter === undefined) this.socket.detachFilter();
    else this.socket.attachFilter(filter);
  }

  /** Number of the fanout group that the ring is in. */
  get fanoutGroup(): number | undefined {
    return this.group;
  }

  /** Begins to deliver: whenever blocks are ready, a bounded number of them per turn of the event loop. */
  start(sink: PacketRingSink): void {
    if (this.closed || this.watch !== undefined) return;
    this.sink = sink;
    this.watch = this.c.watch(this.socket.fd, { readable: true }, this.onReady);
    this.statistics = setInterval(() => this.readStatistics(), STATISTICS_MS).unref();
  }

  private readonly onReady = (status: number): void => {
    if (this.closed) return;
    if (status < 0) {
      this.recover();
      return;
    }
    this.deliverReady(this.blockCount, performance.now() + TURN_MS);
  };

  /**
   * The event loop stops watching after an error on the socket: find out which, and go on unless the interface was
   * removed.
   */
  private recover(): void {
    const error = this.socket.takeError();
    this.deliverReady(this.blockCount);
    if (this.closed) return;
    if (error !== 0 && error !== LINUX.ENETDOWN) {
      this.sink?.gone(linuxErrnoName(error));
      return;
    }
    this.watch?.start({ readable: true }, this.onReady);
    // An interface is set down before it is removed, and the socket is notified of that only, so check from now on.
    if (error === LINUX.ENETDOWN) this.downCheck ??= setInterval(this.checkWhileDown, DOWN_CHECK_MS).unref();
    this.checkWhileDown();
  }

  private readonly checkWhileDown = (): void => {
    if (this.closed || this.socket.interfaceExists()) return;
    this.endDownCheck();
    this.watch?.stop();
    this.sink?.gone("the interface is gone");
  };

  private endDownCheck(): void {
    clearInterval(this.downCheck);
    this.downCheck = undefined;
  }

  /** Delivers blocks that the kernel has handed over, at most `limit`, and stops at `endMs`, within a block too. */
  private deliverReady(limit: number, endMs = Number.POSITIVE_INFINITY): void {
    if (this.delivering) return;
    this.delivering = true;
    const wordsPerBlock = this.blockSize >>> 2;
    for (let n = 0; n < limit && !this.closed; n++) {
      const at = this.nextBlock * wordsPerBlock;
      if ((Atomics.load(this.status, at + BLOCK_STATUS_WORD) & TP_STATUS_USER) === 0) break;
      // What is left of a block stays in it for the next turn.
      if (!this.deliverBlock(at, endMs) || this.unmapPending) break;
      Atomics.store(this.status, at + BLOCK_STATUS_WORD, TP_STATUS_KERNEL);
      this.nextBlock = this.nextBlock + 1 === this.blockCount ? 0 : this.nextBlock + 1;
      if (performance.now() >= endMs) break;
    }
    this.delivering = false;
    if (this.unmapPending) this.unmap();
  }

  /** Delivers the frames of a block until `endMs`. Returns whether none is left. */
  private deliverBlock(at: number, endMs: number): boolean {
    const { received, sent, words, halves, bytes, interfaceIndex, offloads } = this;
    do {
      received.count = 0;
      sent.count = 0;
      this.read += readRingBlock(words, halves, bytes, at, interfaceIndex, received, sent, offloads);
      this.sink?.deliver(received, sent);
    } while (words[at + COUNT_WORD] !== 0 && !this.unmapPending && performance.now() < endMs);
    return words[at + COUNT_WORD] === 0;
  }

  /**
   * Ends capture and delivers every frame captured until now, those of the unfinished block included. Afterwards only
   * `close` and `stats` are of use.
   */
  drain(): void {
    if (this.closed || this.delivering) return;
    const quiet = this.socket.stopListening();
    this.watch?.stop();
    this.deliverReady(this.blockCount);
    if (quiet) this.deliverOpenBlock();
    this.close();
  }

  /** The block that the kernel was writing to; only when it has stopped. */
  private deliverOpenBlock(): void {
    const at = this.nextBlock * (this.blockSize >>> 2);
    if (this.closed || this.words[at + COUNT_WORD] === 0) return;
    this.delivering = true;
    this.deliverBlock(at, Number.POSITIVE_INFINITY);
    this.delivering = false;
    if (this.unmapPending) this.unmap();
  }

  /** Joins or leaves promiscuous mode; the kernel counts requests and drops this one when the socket closes. */
  setPromiscuous(on: boolean): void {
    if (this.closed || on === this.promiscuous) return;
    this.socket.setMembership(on, PACKET_MR_PROMISC, NO_BYTES);
    this.promiscuous = on;
  }

  /** Joins or leaves a link-layer multicast group for as long as the ring is open. */
  setMulticast(group: Uint8Array, on: boolean): void {
    if (!this.closed) this.socket.setMembership(on, PACKET_MR_MULTICAST, group);
  }

  /** Totals; the kernel's counters are read (and by that reset) here. */
  stats(): PacketRingStats {
    if (!this.closed) this.readStatistics();
    const { seen, dropped, freezes, read } = this;
    const packetsLeft = this.closed ? Math.max(0, seen - dropped - read) : 0;
    return { packetsSeen: seen, packetsDropped: dropped, freezes, packetsLeft };
  }

  private readStatistics(): void {
    const { seen, dropped, freezes } = this.socket.takeStatistics();
    this.seen += seen;
    this.dropped += dropped;
    this.freezes += freezes;
  }

  /** Frees socket and memory. No delivery happens afterwards; undelivered frames are counted. Safe to call twice. */
  close(): void {
    if (this.closed) return;
    if (this.address !== MAP_FAILED) this.readStatistics();
    this.closed = true;
    this.release();
  }

  private release(): void {
    this.endDownCheck();
    clearInterval(this.statistics);
    this.watch?.close();
    this.watch = undefined;
    this.sink = undefined;
    if (this.delivering) this.unmapPending = true;
    else this.unmap();
  }

  private unmap(): void {
    this.unmapPending = false;
    this.received.buffer = NO_BYTES;
    this.sent.buffer = NO_BYTES;
    this.received.count = 0;
    this.sent.count = 0;
    this.bytes = NO_BYTES;
    this.status = NO_STATUS;
    this.words = NO_WORDS;
    this.halves = NO_HALVES;
    if (this.address !== MAP_FAILED) this.c.munmap(this.address, this.blockSize * this.blockCount);
    this.address = MAP_FAILED;
    this.socket.close();
  }
}
