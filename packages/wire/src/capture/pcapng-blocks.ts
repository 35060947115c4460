/** Largest block that is read whole; a larger one is stepped over, but for those that say how to read the others. */
const MAX_BLOCK_BYTES = 0x40000 + 4096;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

function holdsPacket(type: number): boolean {
  return type === OBSOLETE_PACKET || type === SIMPLE_PACKET || type === ENHANCED_PACKET;
}

interface Interface {
  readonly linkType: number;
  /** Units of time stamp per microsecond, or its reciprocal where units are longer. */
  readonly unitsPerUs: number;
  /** Seconds added to every time stamp (if_tsoffset). */
  readonly offsetSeconds: number;
}

/**
 * Whole microseconds of a 64-bit count of units. Exact for decimal units from a microsecond down to a picosecond; the
 * whole count would not fit a double.
 */
function microseconds(high: number, low: number, unitsPerUs: number): number {
  if (unitsPerUs > 1 && unitsPerUs <= 1e6 && Number.isInteger(unitsPerUs)) {
    const rest = 4294967296 % unitsPerUs;
    return high * ((4294967296 - rest) / unitsPerUs) + Math.floor((high * rest + low) / unitsPerUs);
  }
  return Math.floor((high * 4294967296 + low) / unitsPerUs);
}

/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng), one at a time: section header, interface description, enhanced,
 * simple and obsolete packet blocks; all others are skipped. A section may change the byte order, and starts a new
 * interface list. A packet that contradicts itself is counted and stepped over; a block whose lengths cannot be true
 * ends the reading.
 */
export class PcapngBlocks {
  /** Whether the latest block holds a packet; then the fields below describe it. */
  isPacket = false;
  packetOffset = 0;
  packetLength = 0;
  wireLength = 0;
  timeUs = 0;
  linkType = 0;
  /** Packets that contradict their block, or are of an interface that is not described. */
  packetsMalformed = 0;
  /** What is wrong, when `read` returned -1. */
  problem = "";

  /** Byte order of the section. */
  littleEndian = true;
  #interfaces: Interface[] = [];

  /**
   * Reads the block at `at`.
   * @returns its length, which may reach past `end` when the block is only to be stepped over; 0 when it is not
   * complete before `end`; -1 when it is damaged.
   */
  read(buffer: Uint8Array, view: DataView, at: number, end: number): number {
    this.isPacket = false;
    if (end - at < 12) return 0;
    const isSection = view.getUint32(at, true) === SECTION_HEADER;
    if (isSection) {
      const magic = view.getUint32(at + 8, true);
      if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a) return this.#damaged("has a section without byte-order magic");
      this.littleEndian = magic === 0x1a2b3c4d;
      this.#interfaces = [];
    }
    const le = this.littleEndian;
    const length = view.getUint32(at + 4, le);
    const type = isSection ? SECTION_HEADER : view.getUint32(at, le);
    const mustRead = isSection || type === INTERFACE_DESCRIPTION;
    if (length < 12 || length % 4 !== 0 || (mustRead && length > MAX_BLOCK_BYTES)) {
      return this.#damaged(`has a block of impossible length (${length} bytes)`);
    }
    if (length > MAX_BLOCK_BYTES) return holdsPacket(type) ? this.#malformed(length) : length;
    if (end - at < length) return 0;
    if (view.getUint32(at + length - 4, le) !== length) return this.#damaged("has a block whose two lengths differ");
    const bodyEnd = at + length - 4;
    switch (type) {
      case INTERFACE_DESCRIPTION:
        return this.#interfaceDescription(buffer, view, at, bodyEnd, length);
      case OBSOLETE_PACKET:
        if (bodyEnd - at < 28) return this.#malformed(length);
        return this.#packet(view, at, 28, view.getUint16(at + 8, le), bodyEnd, length);
      case SIMPLE_PACKET:
        return this.#simplePacket(view, at, bodyEnd, length);
      case ENHANCED_PACKET:
        if (bodyEnd - at < 28) return this.#malformed(length);
        return this.#packet(view, at, 28, view.getUint32(at + 8, le), bodyEnd, length);
      default:
        return length;
    }
  }

  #malformed(length: number): number {
    this.packetsMalformed++;
    return length;
  }

  #damaged(problem: string): number {
    this.problem = problem;
    return -1;
  }

  #packet(view: DataView, at: number, header: number, interfaceId: number, bodyEnd: number, length: number): number {
    const le = this.littleEndian;
    const source = this.#interfaces[interfaceId];
    if (source === undefined) return this.#malformed(length);
    const captured = view.getUint32(at + 20, le);
    if (captured > bodyEnd - at - header) return this.#malformed(length);
    const high = view.getUint32(at + 12, le);
    const low = view.getUint32(at + 16, le);
    this.isPacket = true;
    this.packetOffset = at + header;
    this.packetLength = captured;
    this.wireLength = view.getUint32(at + 24, le);
    this.timeUs = microseconds(high, low, source.unitsPerUs) + source.offsetSeconds * 1e6;
    this.linkType = source.linkType;
    return length;
  }

  /** A simple packet block has no time, so it gets the time of the packet before it. */
  #simplePacket(view: DataView, at: number, bodyEnd: number, length: number): number {
    const source = this.#interfaces[0];
    if (source === undefined || bodyEnd - at < 12) return this.#malformed(length);
    const wire = view.getUint32(at + 8, this.littleEndian);
    this.isPacket = true;
    this.packetOffset = at + 12;
    this.packetLength = Math.min(wire, bodyEnd - at - 12);
    this.wireLength = wire;
    this.linkType = source.linkType;
    return length;
  }

  #interfaceDescription(buffer: Uint8Array, view: DataView, at: number, bodyEnd: number, length: number): number {
    const le = this.littleEndian;
    if (bodyEnd - at < 16) return this.#damaged("has an interface description that is too short");
    let unitsPerUs = 1;
    let offsetSeconds = 0;
    for (let p = at + 16; bodyEnd - p >= 4;) {
      const code = view.getUint16(p, le);
      const size = view.getUint16(p + 2, le);
      if (code === 0) break;
      if (size > bodyEnd - p - 4) return this.#damaged("has an option that is longer than its block");
      if (code === 9 && size === 1) {
        const resolution = buffer[p + 4]!;
        unitsPerUs = resolution & 0x80 ? 2 ** (resolution & 0x7f) / 1e6 : 10 ** (resolution - 6);
      } else if (code === 14 && size === 8) {
        offsetSeconds = Number(view.getBigInt64(p + 4, le));
      }
      p += 4 + ((size + 3) & ~3);
    }
    this.#interfaces.push({ linkType: view.getUint16(at + 8, le), unitsPerUs, offsetSeconds });
    return length;
  }
}
