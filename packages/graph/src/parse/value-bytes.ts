import { NgError } from "../ng-error.ts";

/** The bytes of a message's arguments while a value is read from them. */
export class ValueInput {
  readonly data: Uint8Array;
  /** Where the next value begins. */
  at = 0;
  /** Where the enclosing struct begins, for lengths that an earlier field gives. */
  start = 0;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  /** Position of the next `size` bytes, which are taken. @throws NgError EINVAL when there are fewer. */
  take(size: number): number {
    const { at } = this;
    if (at + size > this.data.length) throw new NgError("EINVAL");
    this.at = at + size;
    return at;
  }

  /** Skips padding. */
  align(origin: number, align: number): void {
    this.at = alignUp(this.at, origin, align);
  }
}

/** The bytes of a message's arguments while a value is written; grows as needed. */
export class ValueOutput {
  bytes = new Uint8Array(64);
  length = 0;
  /** Where the enclosing struct begins. */
  start = 0;

  /** Position of `size` more bytes, which are zero. */
  take(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    return at;
  }

  /** Appends bytes. */
  put(bytes: Uint8Array): void {
    const at = this.take(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Pads with zero bytes. */
  align(origin: number, align: number): void {
    this.take(alignUp(this.length, origin, align) - this.length);
  }
}

/** The next position from `at` on that is a multiple of `align` bytes behind `origin`. */
export function alignUp(at: number, origin: number, align: number): number {
  const extra = (at - origin) % align;
  return extra === 0 ? at : at + align - extra;
}
