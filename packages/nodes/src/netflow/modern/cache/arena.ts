/** Allocations begin on cache lines. */
const ALIGN = 64;
/** A WebAssembly memory comes in pages of so many bytes, at most 65,536 of them. */
const PAGE_BYTES = 65_536;
const MAX_PAGES = 65_536;

/**
 * One block of memory that typed arrays are cut from, never freed: what the flow cache consists of. Memory that was not
 * written to costs address space only.
 */
export class Arena {
  readonly buffer: ArrayBuffer;
  /** The memory that the WebAssembly meter can be given; null for an ordinary buffer. */
  readonly memory: WebAssembly.Memory | null;
  #at = 0;

  private constructor(buffer: ArrayBuffer, memory: WebAssembly.Memory | null) {
    this.buffer = buffer;
    this.memory = memory;
  }

  /** @throws RangeError when there is no address space. */
  static plain(bytes: number): Arena {
    return new Arena(new ArrayBuffer(bytes), null);
  }

  /** A memory of WebAssembly; undefined where none of that size is to be had. */
  static linear(bytes: number): Arena | undefined {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    if (pages > MAX_PAGES) return undefined;
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
      return new Arena(memory.buffer, memory);
    } catch {
      return undefined;
    }
  }

  /** Bytes that an allocation of so many bytes takes at most. */
  static room(bytes: number): number {
    return bytes + ALIGN;
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(this.buffer, this.#take(length), length);
  }

  int8(length: number): Int8Array {
    return new Int8Array(this.buffer, this.#take(length), length);
  }

  uint16(length: number): Uint16Array {
    return new Uint16Array(this.buffer, this.#take(2 * length), length);
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.buffer, this.#take(4 * length), length);
  }

  uint32(length: number): Uint32Array {
    return new Uint32Array(this.buffer, this.#take(4 * length), length);
  }

  float64(length: number): Float64Array {
    return new Float64Array(this.buffer, this.#take(8 * length), length);
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at = Math.ceil((at + bytes) / ALIGN) * ALIGN;
    return at;
  }
}
