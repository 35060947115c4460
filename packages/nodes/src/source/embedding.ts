import { type PacketBatch, setU16le, setU32be, setU32le, u16le, u32le } from "@ngflow/base";
import { NgError, type NodeSetting } from "@ngflow/graph";

/** Flags of ng_source.h: whether to write at all, and whether a counter counts rounds instead of packets. */
const ENABLE = 0x01;
const INCREMENT_PER_ROUND = 0x02;

const COUNTERS = 4;
const TIMESTAMP_BYTES = 4;
const COUNTER_BYTES = 24;
/** `struct timeval` of amd64. */
const TIMEVAL_BYTES = 16;

interface Counter {
  offset: number;
  flags: number;
  width: number;
  next: number;
  min: number;
  max: number;
  increment: number;
}

/** What a source writes into the packets it sends: the time, and up to four counters (reference: nodes.md §8). */
export class Embedding {
  private timestampOffset = 0;
  private timestampFlags = 0;
  private readonly counters: readonly Counter[] = Array.from({ length: COUNTERS }, () => ({
    offset: 0,
    flags: 0,
    width: 0,
    next: 0,
    min: 0,
    max: 0,
    increment: 0,
  }));
  private readonly field = new Uint8Array(TIMEVAL_BYTES);

  /** Whether packets are to be changed, and so have to be copied. */
  get enabled(): boolean {
    if ((this.timestampFlags & ENABLE) !== 0) return true;
    for (let i = 0; i < COUNTERS; i++) if ((this.counters[i]!.flags & ENABLE) !== 0) return true;
    return false;
  }

  /** Writes into packet `i`, whose bytes are the caller's own. `endsRound`: it is the last of a round. */
  write(batch: PacketBatch, i: number, endsRound: boolean, nowUs: number): void {
    for (let n = 0; n < COUNTERS; n++) {
      const counter = this.counters[n]!;
      if ((counter.flags & ENABLE) === 0) continue;
      setU32be(this.field, 0, counter.next);
      this.place(batch, i, counter.offset, 4 - counter.width, counter.width);
      if (endsRound || (counter.flags & INCREMENT_PER_ROUND) === 0) advance(counter);
    }
    if ((this.timestampFlags & ENABLE) === 0) return;
    // The kernel turns the low half of either 64-bit number to network order and leaves the high half behind it zero.
    this.field.fill(0);
    setU32be(this.field, 0, Math.floor(nowUs / 1_000_000) >>> 0);
    setU32be(this.field, 8, nowUs % 1_000_000);
    this.place(batch, i, this.timestampOffset, 0, TIMEVAL_BYTES);
  }

  /** Copies bytes of the field into a packet, unless they would reach past its end. */
  private place(batch: PacketBatch, i: number, offset: number, from: number, length: number): void {
    if (offset + length > batch.lengths[i]!) return;
    const at = batch.offsets[i]! + offset;
    for (let n = 0; n < length; n++) batch.buffer[at + n] = this.field[from + n]!;
  }

  /** @throws NgError EINVAL for arguments of another size. */
  setTimestamp(data: Uint8Array): void {
    if (data.length !== TIMESTAMP_BYTES) throw new NgError("EINVAL");
    this.timestampOffset = u16le(data, 0);
    this.timestampFlags = data[2]!;
  }

  timestamp(): Uint8Array {
    const data = new Uint8Array(TIMESTAMP_BYTES);
    setU16le(data, 0, this.timestampOffset);
    data[2] = this.timestampFlags;
    return data;
  }

  /** @throws NgError EINVAL for arguments of another size, an index above 3, a width other than 1, 2 and 4. */
  setCounter(data: Uint8Array): void {
    if (data.length !== COUNTER_BYTES) throw new NgError("EINVAL");
    const counter = this.counters[data[20]!];
    const width = data[3]!;
    if (counter === undefined || (width !== 1 && width !== 2 && width !== 4)) throw new NgError("EINVAL");
    counter.offset = u16le(data, 0);
    counter.flags = data[2]!;
    counter.width = width;
    counter.next = u32le(data, 4);
    counter.min = u32le(data, 8);
    counter.max = u32le(data, 12);
    counter.increment = u32le(data, 16) | 0;
  }

  /** The messages that set what is set, counters as they stand. */
  settings(): NodeSetting[] {
    const counters = this.counters.flatMap(({ width }, index) =>
      width === 0 ? [] : [{ command: "setcounter", data: this.counter(Uint8Array.of(index)) }],
    );
    return [...(this.timestampFlags === 0 ? [] : [{ command: "settimestamp", data: this.timestamp() }]), ...counters];
  }

  /** @throws NgError EINVAL without an index, or with one above 3. */
  counter(request: Uint8Array): Uint8Array {
    const index = request[0];
    const counter = index === undefined ? undefined : this.counters[index];
    if (counter === undefined) throw new NgError("EINVAL");
    const data = new Uint8Array(COUNTER_BYTES);
    setU16le(data, 0, counter.offset);
    data[2] = counter.flags;
    data[3] = counter.width;
    setU32le(data, 4, counter.next);
    setU32le(data, 8, counter.min);
    setU32le(data, 12, counter.max);
    setU32le(data, 16, counter.increment >>> 0);
    // A counter that was never set has its index, too, at zero.
    data[20] = counter.width === 0 ? 0 : index!;
    return data;
  }
}

/** Moves a counter on, in 32 bits, around between its limits as the original does. */
function advance(counter: Counter): void {
  const { increment, min, max } = counter;
  if (increment === 0) return;
  let next = (counter.next + increment) >>> 0;
  if (increment > 0 && next > max) {
    next = (min - 1 + (next - max)) >>> 0;
    if (next > max) next = max;
  } else if (increment < 0 && next < min) {
    next = (max + 1 + (next - min)) >>> 0;
    if (next < min) next = max;
  }
  counter.next = next;
}
