/** Bytes of a number of a text by what a block says of them; the texts are with them. Older blocks have four always. */
const NUMBER_BYTES: ReadonlyMap<number | undefined, 1 | 2 | 4> = new Map([
  [0x600, 1],
  [0x601, 2],
  [0x602, 4],
]);

/**
 * Checks that bytes are one column of type NATIVE_EXTRA (Map of two LowCardinality) of so many rows, to their end.
 * Undefined when they are, else what is wrong. After that every number has its text and every row its end.
 */
export function checkExtra(bytes: Uint8Array, rows: number): string | undefined {
  const reader = new Reader(bytes);
  if (reader.u64() !== 1 || reader.u64() !== 1) return "does not start as one";
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const end = reader.u64();
    if (end === undefined || end < count) return `has no end of row ${row}`;
    count = end;
  }
  if (count === 0) return "has no values";
  const problem = checkTexts(reader, count) ?? checkTexts(reader, count);
  if (problem !== undefined) return problem;
  return reader.at === bytes.length ? undefined : `has ${bytes.length - reader.at} bytes after its end`;
}

/** Texts, then the number of one for each of `count` values. */
function checkTexts(reader: Reader, count: number): string | undefined {
  const width = NUMBER_BYTES.get(reader.u64());
  if (width === undefined) return "has numbers of another type";
  const texts = reader.u64();
  if (texts === undefined || texts > count) return "has too many texts";
  for (let i = 0; i < texts; i++) if (!reader.skipText()) return "ends in a text";
  if (reader.u64() !== count) return "has another number of values";
  return reader.numbersBelow(texts, count, width) ? undefined : "has a number without a text";
}

/** Reads a column from its start. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Little-endian; undefined at the end, or above 2^53. */
  u64(): number | undefined {
    if (this.#bytes.length - this.at < 8) return undefined;
    const value = this.#view.getUint32(this.at, true) + this.#view.getUint32(this.at + 4, true) * 2 ** 32;
    this.at += 8;
    return Number.isSafeInteger(value) ? value : undefined;
  }

  /** Passes over a text with its length; false when it is longer than what is left. */
  skipText(): boolean {
    let length = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) return false;
      length += (byte & 127) * scale;
      if (byte < 128) {
        this.at += length;
        return this.at <= this.#bytes.length;
      }
    }
    return false;
  }

  /** Passes over `count` numbers of `width` bytes; false when one is too large, or they are not there. */
  numbersBelow(bound: number, count: number, width: 1 | 2 | 4): boolean {
    if (this.#bytes.length - this.at < width * count) return false;
    const view = this.#view;
    for (let i = 0; i < count; i++, this.at += width) {
      const { at } = this;
      const number =
        width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
      if (number >= bound) return false;
    }
    return true;
  }
}
