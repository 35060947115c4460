import { LINK_ETHERNET, LINK_RAW, type NgflowError } from "@ngflow/base";
import type { PacketColumns } from "../packet/columns.ts";
import { SKIP_MALFORMED, SKIP_NOT_IP, SKIP_REASON_NAMES } from "../packet/skip-reason.ts";
import { CaptureError } from "./errors.ts";
import { cookedToEthernet, ipOffset, isCookedLink, isRawLink, LINK_TYPES } from "./link-type.ts";
import { PcapngBlocks } from "./pcapng-blocks.ts";

/** Largest captured packet. A file with a larger one counts as damaged. tcpdump's own limit is 262,144. */
const MAX_PACKET_BYTES = 0x40000;
const DEFAULT_BUFFER_BYTES = 2 * MAX_PACKET_BYTES;
/** Bytes read at a time: few enough to stay in the processor's second-level cache until they are parsed. */
const READ_BYTES = 0x20000;

/** A choice of the frames of a file, before their link header is looked at. */
export interface FrameChoice {
  /**
   * Whether a frame is wanted.
   * @param linkType of the file (tcpdump.org/linktypes.html)
   * @param littleEndian byte order of the file, which link type 0 (null) has its family in
   */
  keeps(
    buffer: Uint8Array,
    offset: number,
    length: number,
    wireLength: number,
    linkType: number,
    littleEndian: boolean,
  ): boolean;
}

/** Reads records of plain pcap files in the reader's place: of Ethernet, little-endian, with microseconds. */
export interface RecordScanner {
  /**
   * Fills the batch from the complete records of its buffer, the reader's, from `at` to `end`. If it leaves the batch
   * empty, what follows is cut or damaged.
   * @returns offset of the first record that was not read
   */
  scan(batch: PacketColumns, at: number, end: number): number;
}

const FORMAT_UNKNOWN = 0;
const FORMAT_PCAP = 1;
const FORMAT_PCAPNG = 2;

/**
 * Streaming reader of pcap (micro- and nanosecond, both byte orders) and pcapng captures. It reads no file itself: the
 * caller writes bytes into `buffer` at `writeAt` (at most `room`), calls `filled`, and takes batches with `next` until
 * it returns 0. Packets are not copied: a batch refers to `buffer` and is valid until the next call of `filled` or
 * `next`.
 *
 * Ethernet and raw IP packets are returned as they are. Frames with a Linux cooked header are returned as Ethernet
 * frames, whose header is written into `buffer`. Frames with a null or loopback header are returned as raw IP, from the
 * IP header on; those without IP are counted in `skipped` and not returned. So are packets of a pcapng file that were
 * captured on an interface of another kind, such as Bluetooth; a file with no other packets ends in an error.
 */
export class CaptureReader {
  buffer: Uint8Array;
  /** Offset in `buffer` at which the caller writes. */
  writeAt = 0;
  /** Data link type of the packets of the latest batch, as the netflow node numbers them: 1 Ethernet, 12 raw IP. */
  dataLinkType = LINK_ETHERNET;
  /**
   * Why reading stopped, with the offset in the file; null if it did not stop. Packets before that offset are valid.
   */
  error: NgflowError | null = null;
  /** Frames without IP, by `SKIP_…` number. */
  readonly skipped = new Float64Array(SKIP_REASON_NAMES.length);
  /** Frames that the choice did not want. They are not in `skipped`. */
  filtered = 0;
  /** Reads what it can in the reader's place; it works on `buffer`. */
  scanner: RecordScanner | null = null;

  #view: DataView;
  readonly #name: string;
  readonly #choice: FrameChoice | undefined;
  #readAt = 0;
  /** Offset in the file of `buffer[0]`. */
  #fileOffset = 0;
  #format = FORMAT_UNKNOWN;
  #littleEndian = true;
  #nanoseconds = false;
  #linkType = 1;
  readonly #blocks = new PcapngBlocks();
  /** Bytes of a block of pcapng that are still to be stepped over. */
  #stepOver = 0;
  /** A link type that no reader is built for, where no packet of another has been read. */
  #foreignLink = -1;

  /**
   * @param name of the file, for messages
   * @param choice of frames; absent: all
   * @param bufferBytes size of the window; at least twice the largest packet
   */
  constructor(name: string, choice?: FrameChoice, bufferBytes = DEFAULT_BUFFER_BYTES) {
    this.#name = name;
    this.#choice = choice;
    this.buffer = new Uint8Array(Math.max(bufferBytes, 2 * MAX_PACKET_BYTES));
    this.#view = new DataView(this.buffer.buffer);
  }

  /** Most bytes that may be written at `writeAt`. */
  get room(): number {
    return Math.min(this.buffer.length - this.writeAt, READ_BYTES);
  }

  /** Continues in another buffer that is not smaller; batches over the former one are no longer valid. */
  moveTo(buffer: Uint8Array): void {
    buffer.set(this.buffer.subarray(0, this.writeAt));
    this.buffer = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  /** `bytes` were written at `writeAt`. */
  filled(bytes: number): void {
    this.writeAt += bytes;
  }

  /**
   * Fills `batch` with as many packets of one link type as are complete in the buffer.
   * @returns their number; 0 means that more input is needed (incomplete data has been moved to the front) or that
   *   `error` is set.
   */
  next(batch: PacketColumns): number {
    batch.buffer = this.buffer;
    batch.count = 0;
    if (this.error === null) {
      if (this.#format === FORMAT_UNKNOWN) this.#detect();
      if (this.#format === FORMAT_PCAP) this.#nextPcap(batch);
      else if (this.#format === FORMAT_PCAPNG) this.#nextPcapng(batch);
    }
    if (batch.count === 0 && this.error === null) this.#compact();
    return batch.count;
  }

  /** The input has ended: sets `error` when it ended inside a packet or before a whole file header. */
  end(): void {
    if (this.error !== null) return;
    const left = this.writeAt - this.#readAt + this.#stepOver;
    if (this.#format === FORMAT_UNKNOWN) {
      this.#fail(left === 0 ? "is empty" : `ends inside the file header`);
    } else if (left > 0) {
      this.#fail(`is cut inside a packet record that begins`);
    } else if (this.#foreignLink >= 0) {
      this.#acceptLink(this.#foreignLink);
    }
  }

  #fail(what: string): void {
    const offset = this.#fileOffset + this.#readAt;
    this.error = new CaptureError(
      "capture-damaged",
      `${this.#name}: capture file ${what} at offset ${offset}; packets before it were used`,
    );
  }

  #compact(): void {
    if (this.#readAt === 0) return;
    this.buffer.copyWithin(0, this.#readAt, this.writeAt);
    this.#fileOffset += this.#readAt;
    this.writeAt -= this.#readAt;
    this.#readAt = 0;
  }

  #detect(): void {
    if (this.writeAt < 4) return;
    const magic = this.#view.getUint32(0, true);
    if (magic === 0x0a0d0d0a) {
      this.#format = FORMAT_PCAPNG;
      return;
    }
    const micro = magic === 0xa1b2c3d4 || magic === 0xd4c3b2a1;
    const nano = magic === 0xa1b23c4d || magic === 0x4d3cb2a1;
    if (!micro && !nano) {
      this.error = new CaptureError(
        "capture-foreign",
        `${this.#name}: not a pcap or pcapng file: unknown magic number at offset 0; give a capture written by tcpdump or Wireshark`,
      );
      return;
    }
    if (this.writeAt < 24) return;
    this.#littleEndian = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
    this.#nanoseconds = nano;
    // The upper bits say whether frames end with a check sequence (draft-ietf-opsawg-pcap); the sequence is not
    // checked.
    this.#linkType = this.#view.getUint32(20, this.#littleEndian) & 0x0fff_ffff & 0xffff;
    if (!this.#acceptLink(this.#linkType)) return;
    this.#readAt = 24;
    this.#format = FORMAT_PCAP;
  }

  #acceptLink(linkType: number): boolean {
    if (LINK_TYPES.has(linkType)) {
      this.dataLinkType = returnedAs(linkType);
      return true;
    }
    this.#fail(
      `has link type ${linkType}, which is not supported (supported: ${[...new Set(LINK_TYPES.values())].join(", ")}),`,
    );
    return false;
  }

  #nextPcap(batch: PacketColumns): void {
    const { writeAt } = this;
    const view = this.#view;
    const littleEndian = this.#littleEndian;
    const nanoseconds = this.#nanoseconds;
    const linkType = this.#linkType;
    const { capacity, offsets, lengths, wireLengths, timesUs } = batch;
    const direct = linkType === 1 || isRawLink(linkType);
    const choice = this.#choice;
    let at = this.#readAt;
    let count = 0;
    if (this.scanner !== null && linkType === 1 && littleEndian && !nanoseconds && choice === undefined) {
      at = this.scanner.scan(batch, at, writeAt);
      count = batch.count;
      // What it has left is cut or damaged.
      if (count > 0) {
        this.#readAt = at;
        return;
      }
    }
    while (count < capacity && writeAt - at >= 16) {
      const seconds = view.getUint32(at, littleEndian);
      const fraction = view.getUint32(at + 4, littleEndian);
      const length = view.getUint32(at + 8, littleEndian);
      const wire = view.getUint32(at + 12, littleEndian);
      if (length > MAX_PACKET_BYTES) {
        this.#readAt = at;
        if (count === 0) this.#fail(`has a packet record of impossible length (${length} bytes)`);
        break;
      }
      if (writeAt - at - 16 < length) break;
      const o = at + 16;
      at = o + length;
      if (
        choice !== undefined &&
        !choice.keeps(this.buffer, o, length, wire > length ? wire : length, linkType, littleEndian)
      ) {
        this.filtered++;
        continue;
      }
      offsets[count] = o;
      lengths[count] = length;
      wireLengths[count] = wire > length ? wire : length;
      timesUs[count] = seconds * 1e6 + (nanoseconds ? Math.floor(fraction / 1000) : fraction);
      if (direct || this.#convert(batch, count, linkType)) count++;
    }
    batch.count = count;
    this.#readAt = at;
  }

  #nextPcapng(batch: PacketColumns): void {
    const blocks = this.#blocks;
    let link = -1;
    while (batch.count < batch.capacity) {
      if (this.#stepOver > 0) {
        const step = Math.min(this.#stepOver, this.writeAt - this.#readAt);
        this.#readAt += step;
        this.#stepOver -= step;
        if (this.#stepOver > 0) break;
      }
      const result = blocks.read(this.buffer, this.#view, this.#readAt, this.writeAt);
      if (result === 0) break;
      if (result < 0) {
        if (batch.count === 0) this.#fail(blocks.problem);
        break;
      }
      if (blocks.isPacket && !LINK_TYPES.has(blocks.linkType)) {
        this.skipped[SKIP_NOT_IP]!++;
        if (this.#foreignLink === -1) this.#foreignLink = blocks.linkType;
      } else if (blocks.isPacket) {
        if (link !== -1 && link !== blocks.linkType) break;
        link = blocks.linkType;
        this.dataLinkType = returnedAs(link);
        this.#foreignLink = -2;
        const k = batch.count;
        const wire = Math.max(blocks.packetLength, blocks.wireLength);
        batch.offsets[k] = blocks.packetOffset;
        batch.lengths[k] = blocks.packetLength;
        batch.wireLengths[k] = wire;
        batch.timesUs[k] = blocks.timeUs;
        if (
          this.#choice?.keeps(
            this.buffer,
            blocks.packetOffset,
            blocks.packetLength,
            wire,
            link,
            blocks.littleEndian,
          ) === false
        ) {
          this.filtered++;
        } else if (link === 1 || isRawLink(link) || this.#convert(batch, k, link)) batch.count++;
      }
      this.#stepOver = Math.max(0, this.#readAt + result - this.writeAt);
      this.#readAt += result - this.#stepOver;
    }
    this.skipped[SKIP_MALFORMED]! += blocks.packetsMalformed;
    blocks.packetsMalformed = 0;
  }

  /** Moves packet `k` to its Ethernet or IP header; false when it holds none. */
  #convert(batch: PacketColumns, k: number, linkType: number): boolean {
    const offset = batch.offsets[k]!;
    const length = batch.lengths[k]!;
    const { buffer } = this;
    const begins = isCookedLink(linkType)
      ? cookedToEthernet(linkType, buffer, offset, length)
      : ipOffset(buffer, offset, length);
    if (begins < 0) {
      this.skipped[-1 - begins]!++;
      return false;
    }
    batch.offsets[k] = begins;
    batch.lengths[k]! -= begins - offset;
    batch.wireLengths[k]! -= begins - offset;
    return true;
  }
}

/** Data link type of the packets that are returned from a file of a link type. */
function returnedAs(linkType: number): number {
  return linkType === 1 || isCookedLink(linkType) ? LINK_ETHERNET : LINK_RAW;
}
