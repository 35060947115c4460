import type { PacketBatch } from "@ngflow/base";
import { FarPackets, JUMP_US } from "@ngflow/nodes/engine";
import { addressPairHash } from "@ngflow/wire/packet";

/** How often packets move time: the resolution of expiry. */
const STEP_US = 250_000;

/**
 * The packets of one worker of several that read the same capture: by the two addresses, so that both directions of a
 * flow and all fragments of a datagram are in one share. What is not IP is in the first.
 */
export class CaptureShare {
  /** Time of the latest packet that moved it, of any share. */
  nowUs: number;
  /** The first of the packets that moved it so far that several had to agree; else the same as `nowUs`. */
  leastUs: number;
  /** A packet of this time or later may move time on. */
  nextUs: number;
  /** A packet before this time may move time back. */
  backUs: number;
  /** Whether the latest `take` ended because time moved. */
  moved = false;
  readonly index: number;
  readonly count: number;
  readonly #startUs: number;
  readonly #far = new FarPackets();
  #viewOf: ArrayBufferLike | null = null;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** @param startUs boot time of the engine, at which its expiry begins to count */
  constructor(index: number, count: number, startUs: number) {
    this.index = index;
    this.count = count;
    this.#startUs = startUs;
    this.nowUs = startUs;
    this.leastUs = startUs;
    this.backUs = startUs - JUMP_US;
    this.nextUs = startUs + STEP_US;
  }

  /** The latest time of packets, of any share: `nowUs`, but for two or more at the end that are far ahead of it. */
  get lastUs(): number {
    return this.#far.packets > 1 && this.#far.mostUs > this.nowUs ? this.#far.mostUs : this.nowUs;
  }

  /**
   * Fills `part`, a batch over the same buffer, with the packets of this share from number `from` on, until a packet,
   * of any share, moves time by a step.
   * @returns the number of the first packet that was not looked at: the one that moved time
   */
  take(batch: PacketBatch, from: number, linkType: number, part: PacketBatch): number {
    const { buffer, offsets, lengths, wireLengths, timesUs } = batch;
    if (this.#viewOf !== buffer.buffer || this.#view.byteOffset !== buffer.byteOffset) {
      this.#viewOf = buffer.buffer;
      this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }
    const view = this.#view;
    const { index, count } = this;
    part.buffer = buffer;
    part.count = 0;
    this.moved = false;
    let nextUs = this.nextUs;
    const backUs = this.backUs;
    let taken = 0;
    for (let i = from; i < batch.count; i++) {
      const timeUs = timesUs[i]!;
      if (timeUs >= nextUs || timeUs < backUs) {
        if (this.moves(timesUs, i)) {
          this.moved = true;
          part.count = taken;
          return i;
        }
        nextUs = this.nextUs;
      }
      const hash = addressPairHash(buffer, view, offsets[i]!, lengths[i]!, linkType);
      if ((hash * count) >>> 16 === index) {
        // A capture has no other facts: the other columns stay 0.
        part.offsets[taken] = offsets[i]!;
        part.lengths[taken] = lengths[i]!;
        part.wireLengths[taken] = wireLengths[i]!;
        part.timesUs[taken++] = timeUs;
      }
    }
    part.count = taken;
    return batch.count;
  }

  /**
   * Moves time to that of packet `i`, or, if it is far away, to where a row of packets agrees: as the engine does.
   * Returns whether time has moved by a step.
   */
  moves(timesUs: Float64Array, i: number): boolean {
    const far = this.#far;
    const timeUs = timesUs[i]!;
    if (Math.abs(timeUs - this.nowUs) > JUMP_US) {
      this.nextUs = Number.NEGATIVE_INFINITY;
      if (!far.add(timesUs, i, this.nowUs)) return false;
      this.nowUs = far.nearestUs;
      this.leastUs = far.leastUs;
    } else {
      const wasFar = far.packets !== 0;
      far.packets = 0;
      // A packet that only ends a row does not move time.
      if (wasFar && timeUs < this.#nextStepUs()) {
        this.nextUs = this.#nextStepUs();
        return false;
      }
      if (timeUs > this.nowUs) this.nowUs = timeUs;
      this.leastUs = this.nowUs;
    }
    far.packets = 0;
    this.backUs = this.nowUs - JUMP_US;
    this.nextUs = this.#nextStepUs();
    return true;
  }

  #nextStepUs(): number {
    return this.#startUs + (Math.floor((this.nowUs - this.#startUs) / STEP_US) + 1) * STEP_US;
  }
}
