/** Pieces begin on such a position, so that an array of any type fits there. */
const ALIGNMENT = 8;

/**
 * Memory for the columns of a block that are not views of its batch. It is used again for the next block: memory that
 * is new for each costs the time of the system in which its pages become real. It has what the largest block so far
 * needed; the rest of a larger one is new memory.
 */
export class BlockMemory {
  #buffer = new ArrayBuffer(0);
  #used = 0;

  /** Begins the next block: arrays of the last one may be written over. */
  clear(): void {
    if (this.#used > this.#buffer.byteLength) this.#buffer = new ArrayBuffer(this.#used);
    this.#used = 0;
  }

  /** `count` bytes, of any value. */
  u8(count: number): Uint8Array {
    const at = this.#take(count);
    return at === undefined ? new Uint8Array(count) : new Uint8Array(this.#buffer, at, count);
  }

  /** `count` numbers of two bytes, of any value. */
  u16(count: number): Uint16Array {
    const at = this.#take(2 * count);
    return at === undefined ? new Uint16Array(count) : new Uint16Array(this.#buffer, at, count);
  }

  /** `count` numbers of four bytes, of any value. */
  u32(count: number): Uint32Array {
    const at = this.#take(4 * count);
    return at === undefined ? new Uint32Array(count) : new Uint32Array(this.#buffer, at, count);
  }

  /** Where so many bytes are free; undefined when there is no room. */
  #take(bytes: number): number | undefined {
    const at = this.#used;
    this.#used += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return this.#used > this.#buffer.byteLength ? undefined : at;
  }
}
