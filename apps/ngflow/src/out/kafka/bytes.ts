/** Writes the types of Kafka's protocol that ngflow sends: numbers are big-endian, lengths come first. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  /** Where so many bytes are free. It may replace the memory, so it is called before `#bytes` is read. */
  #room(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }

  int8(value: number): this {
    const at = this.#room(1);
    this.#bytes.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#room(2);
    this.#bytes.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  uint32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeUInt32BE(value, at);
    return this;
  }

  int64(value: bigint): this {
    const at = this.#room(8);
    this.#bytes.writeBigInt64BE(value, at);
    return this;
  }

  #byte(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  /** A number of a record, of at most 32 bits: zigzag, seven bits a byte. */
  varint(value: number): this {
    let left = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; left > 0x7f; left >>>= 7) this.#byte((left & 0x7f) | 0x80);
    return this.#byte(left);
  }

  /** `null` is a string that is absent. */
  string(text: string | null): this {
    if (text === null) return this.int16(-1);
    const bytes = Buffer.from(text);
    return this.int16(bytes.length).raw(bytes);
  }

  bytes(bytes: Uint8Array): this {
    return this.int32(bytes.length).raw(bytes);
  }

  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** What was written; it is not copied. */
  done(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Reads answers of a broker. @throws RangeError where an answer ends too early */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #next(count: number): number {
    const at = this.#at;
    if (count < 0 || at + count > this.#bytes.length) throw new RangeError("an answer of the broker is cut short");
    this.#at += count;
    return at;
  }

  bool(): boolean {
    return this.#bytes[this.#next(1)] !== 0;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#next(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#next(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#next(8));
  }

  string(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    const at = this.#next(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  bytes(): Buffer {
    const length = this.int32();
    const at = this.#next(Math.max(length, 0));
    return this.#bytes.subarray(at, at + Math.max(length, 0));
  }

  list<T>(read: () => T): T[] {
    const count = this.int32();
    // Every item has a byte at least.
    if (count > this.#bytes.length) throw new RangeError("an answer of the broker is cut short");
    return Array.from({ length: Math.max(count, 0) }, read);
  }
}
