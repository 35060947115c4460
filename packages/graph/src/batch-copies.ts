import { PacketBatch } from "@ngflow/base";

/**
 * Copies of batches for nodes that send one batch to several hooks: receivers may set tags and other facts, so each
 * gets its own; packet bytes are shared. Copies are used again, so that a busy node allocates none. A node may be
 * entered again while it sends, hence `take` and `release` in pairs.
 */
export class BatchCopies {
  readonly #free: PacketBatch[] = [];

  /** A copy of `batch`, to be released after the send. */
  take(batch: PacketBatch): PacketBatch {
    const copy = this.takeEmpty(batch);
    copy.copyFrom(batch);
    return copy;
  }

  /** An empty batch over the buffer of `batch` with room for its packets, for `pushFrom`; to be released. */
  takeEmpty(batch: PacketBatch): PacketBatch {
    let empty = this.#free.pop();
    if (empty === undefined || empty.capacity < batch.count) empty = new PacketBatch(batch.capacity);
    empty.buffer = batch.buffer;
    return empty;
  }

  /** Gives a copy back; it no longer refers to any packet. */
  release(copy: PacketBatch): void {
    copy.reset(EMPTY);
    this.#free.push(copy);
  }
}

const EMPTY = new Uint8Array(0);
