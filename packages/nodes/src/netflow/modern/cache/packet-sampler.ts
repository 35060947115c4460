import { PacketBatch, packetsOf } from "@ngflow/base";
import type { Sampling } from "../export/options-records.ts";

/**
 * Chooses packets for metering: every `interval`th (systematic count-based, RFC 5475 section 5.1), or one at random of
 * each `interval` (random n-out-of-N, RFC 5475 section 5.2.1). The same packets and seed give the same choice. A frame
 * whose segments an offload merged is chosen or passed over as a whole.
 */
export class PacketSampler {
  /** Packets that were not chosen. */
  passed = 0;
  readonly sampling: Sampling = { mode: 0, interval: 1 };
  #batch = new PacketBatch(0);
  /** By chosen frame of the batch: packets passed over before it, and before the last one of earlier batches. */
  #passedBefore = new Float64Array(0);
  #passedEarlier = 0;
  /** By chosen frame of the batch: packets chosen until then, its own included. */
  #chosenUntil = new Float64Array(0);
  /** Packets that had been metered or skipped when the batch was chosen. */
  #handledEarlier = 0;
  #random = 1;
  /** Packets of the running group so far, and the one of it that is chosen. */
  #position = 0;
  #chosen = 0;

  set(mode: 0 | 1 | 2, interval: number, seed: number): void {
    this.sampling.mode = mode;
    this.sampling.interval = mode === 0 ? 1 : interval;
    this.#random = seed | 1;
    this.#position = 0;
    this.#choose();
  }

  /**
   * Packets passed over before the latest chosen one that was handled: the same however packets are cut into batches.
   * @param handled packets that have been metered or skipped
   */
  passedUntil(handled: number): number {
    const chosen = handled - this.#handledEarlier;
    let row = this.#batch.count - 1;
    while (row >= 0 && this.#chosenUntil[row]! > chosen) row--;
    return row >= 0 ? this.#passedBefore[row]! : this.#passedEarlier;
  }

  /**
   * The chosen packets of a batch, until the next call.
   * @param handled packets that have been metered or skipped
   */
  select(from: PacketBatch, handled: number): PacketBatch {
    this.#passedEarlier = this.passedUntil(handled);
    this.#handledEarlier = handled;
    if (this.#batch.capacity < from.count) {
      this.#batch = new PacketBatch(from.capacity);
      this.#passedBefore = new Float64Array(from.capacity);
      this.#chosenUntil = new Float64Array(from.capacity);
    }
    const batch = this.#batch;
    const { interval } = this.sampling;
    batch.buffer = from.buffer;
    batch.count = 0;
    let chosen = 0;
    for (let i = 0; i < from.count; i++) {
      const packets = packetsOf(from.segments[i]!);
      if (this.#position === this.#chosen) {
        chosen += packets;
        this.#passedBefore[batch.count] = this.passed;
        this.#chosenUntil[batch.count] = chosen;
        batch.pushFrom(from, i);
      } else this.passed += packets;
      if (++this.#position === interval) {
        this.#position = 0;
        this.#choose();
      }
    }
    return batch;
  }

  #choose(): void {
    if (this.sampling.mode !== 2) {
      this.#chosen = 0;
      return;
    }
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    this.#chosen = Math.floor(((x >>> 0) / 4294967296) * this.sampling.interval);
  }
}
