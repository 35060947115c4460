import { type PacketBatch, setU32be } from "@ngflow/base";
import { NgError, type NodeSetting, settingOf, type ValueOf } from "@ngflow/graph";
import { counterType, timestampType } from "./source-types.ts";

/** Flags of ng_source.h: whether to write at all, and whether a counter counts rounds instead of packets. */
const ENABLE = 0x01;
const INCREMENT_PER_ROUND = 0x02;

const COUNTERS = 4;
/** `struct timeval` of amd64. */
const TIMEVAL_BYTES = 16;

type Counter = ValueOf<typeof counterType>;

/** A counter that was never set; its index is 0, too, whichever it is. */
const UNSET: Counter = { offset: 0, flags: 0, width: 0, next_val: 0, min_val: 0, max_val: 0, increment: 0, index: 0 };
const NO_TIMESTAMP: ValueOf<typeof timestampType> = { offset: 0, flags: 0 };

/** What a source writes into the packets it sends: the time, and up to four counters (reference: nodes.md §8). */
export class Embedding {
  timestamp = NO_TIMESTAMP;
  readonly #counters: Counter[] = Array.from({ length: COUNTERS }, () => UNSET);
  readonly #field = new Uint8Array(TIMEVAL_BYTES);

  /** Whether packets are to be changed, and so have to be copied. */
  get enabled(): boolean {
    if ((this.timestamp.flags & ENABLE) !== 0) return true;
    for (let i = 0; i < COUNTERS; i++) if ((this.#counters[i]!.flags & ENABLE) !== 0) return true;
    return false;
  }

  /** Writes into packet `i`, whose bytes are the caller's own. `endsRound`: it is the last of a round. */
  write(batch: PacketBatch, i: number, endsRound: boolean, nowUs: number): void {
    for (let n = 0; n < COUNTERS; n++) {
      const counter = this.#counters[n]!;
      if ((counter.flags & ENABLE) === 0) continue;
      setU32be(this.#field, 0, counter.next_val);
      this.#place(batch, i, counter.offset, 4 - counter.width, counter.width);
      if (endsRound || (counter.flags & INCREMENT_PER_ROUND) === 0) advance(counter);
    }
    if ((this.timestamp.flags & ENABLE) === 0) return;
    // The kernel turns the low half of either 64-bit number to network order and leaves the high half behind it zero.
    this.#field.fill(0);
    setU32be(this.#field, 0, Math.floor(nowUs / 1_000_000) >>> 0);
    setU32be(this.#field, 8, nowUs % 1_000_000);
    this.#place(batch, i, this.timestamp.offset, 0, TIMEVAL_BYTES);
  }

  /** Copies bytes of the field into a packet, unless they would reach past its end. */
  #place(batch: PacketBatch, i: number, offset: number, from: number, length: number): void {
    if (offset + length > batch.lengths[i]!) return;
    const at = batch.offsets[i]! + offset;
    for (let n = 0; n < length; n++) batch.buffer[at + n] = this.#field[from + n]!;
  }

  /** @throws NgError EINVAL for an index above 3, a width other than 1, 2 and 4. */
  setCounter(counter: Counter): void {
    const { index, width } = counter;
    if (index >= COUNTERS || (width !== 1 && width !== 2 && width !== 4)) throw new NgError("EINVAL");
    this.#counters[index] = counter;
  }

  /** @throws NgError EINVAL for an index above 3. */
  counter(index: number): Counter {
    const counter = this.#counters[index];
    if (counter === undefined) throw new NgError("EINVAL");
    return counter;
  }

  /** Counters are listed as they stand. */
  settings(): NodeSetting[] {
    const settings = this.#counters.flatMap((counter, index) => {
      const reset = (): void => void (this.#counters[index] = UNSET);
      return counter === UNSET ? [] : [settingOf("setcounter", counterType, counter, { reset })];
    });
    if (this.timestamp !== NO_TIMESTAMP) {
      const reset = (): void => void (this.timestamp = NO_TIMESTAMP);
      settings.push(settingOf("settimestamp", timestampType, this.timestamp, { reset }));
    }
    return settings;
  }
}

/** Moves a counter on, in 32 bits, around between its limits as the original does. */
function advance(counter: Counter): void {
  const { increment, min_val: min, max_val: max } = counter;
  if (increment === 0) return;
  let next = (counter.next_val + increment) >>> 0;
  if (increment > 0 && next > max) {
    next = (min - 1 + (next - max)) >>> 0;
    if (next > max) next = max;
  } else if (increment < 0 && next < min) {
    next = (max + 1 + (next - min)) >>> 0;
    if (next < min) next = max;
  }
  counter.next_val = next;
}
