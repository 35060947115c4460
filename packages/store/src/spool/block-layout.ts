import type { FileHandle } from "node:fs/promises";
import {
  type ColumnKind,
  DICTIONARY_INDEX,
  DICTIONARY_VERSION,
  DICTIONARY_WIDTHS,
  KIND_BYTES,
  NATIVE_EXTRA,
  NATIVE_IPV4,
  NATIVE_TYPES,
  nativeDictionary,
  TIME_RECEIVED_MS,
} from "@ngflow/flows";
import { checkExtra } from "./extra-layout.ts";

/** Bytes a row by the name of the column's type: columns of fixed width. */
const WIDTHS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(KIND_BYTES)
    .filter(([, width]) => width > 0)
    .map(([kind, width]) => [NATIVE_TYPES[kind as ColumnKind], width] as const),
  [NATIVE_IPV4, 4] as const,
  ["Int32", 4] as const,
]);
/** Bytes a value by the name of the type: columns that have each value once, and a number of a value for each row. */
const DICTIONARIES: ReadonlyMap<string, number> = new Map(
  Object.entries(DICTIONARY_WIDTHS).map(([type, width]) => [nativeDictionary(type), width] as const),
);
/** Most values of a dictionary, by the bytes of their numbers. */
const VALUES_MAX: Readonly<Record<number, number>> = { 1: 256, 2: 65_536 };
/** Most bytes of the column of texts, which is read as a whole. */
const EXTRA_MAX = 256 * 2 ** 20;
/** Longer names or types are not those of a flow column. */
const TEXT_MAX = 64;
/** Most bytes of a column's name and type. */
const HEADER_MAX = 2 * (1 + TEXT_MAX);
/** Most columns of a block. */
const COLUMNS_MAX = 1000;

/** First and last receive time of a block's rows, in Unix milliseconds. */
export interface TimeRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Walks through a file of `size` bytes as through one Native block: columns of fixed width or with a dictionary, and at
 * its end perhaps one of texts. Returns when its rows were received, or a text that says why it is not such a block.
 * After that no content can be wrong: any bytes are values.
 */
export async function checkLayout(handle: FileHandle, size: number): Promise<TimeRange | string> {
  const cursor = new Cursor(handle, size);
  const columns = await cursor.varint();
  const rows = await cursor.varint();
  if (columns === undefined || rows === undefined || columns > COLUMNS_MAX) return "it does not start as a block";
  let range: TimeRange = { minMs: 0, maxMs: 0 };
  for (let i = 0; i < columns; i++) {
    const name = await cursor.text();
    const type = await cursor.text();
    if (name !== undefined && type === NATIVE_EXTRA && i === columns - 1) {
      if (size - cursor.offset > EXTRA_MAX) return `column ${name} is too long`;
      const problem = checkExtra(await cursor.bytes(size - cursor.offset), rows);
      return problem === undefined ? range : `column ${name} ${problem}`;
    }
    const valueBytes = type === undefined ? undefined : DICTIONARIES.get(type);
    if (name !== undefined && valueBytes !== undefined) {
      const values = await readDictionary(cursor, size, valueBytes, rows);
      if (typeof values === "string") return `column ${name} ${values}`;
      if (name === TIME_RECEIVED_MS) range = rangeOf(values);
      continue;
    }
    const width = type === undefined ? undefined : WIDTHS.get(type);
    if (name === undefined || width === undefined) return `column ${i + 1} does not start as one of a block`;
    const bytes = rows * width;
    if (cursor.offset + bytes > size) return `it ends in column ${name}`;
    if (name === "TimeReceived" && width === 8) range = rangeOf(await cursor.bytes(bytes));
    else cursor.offset += bytes;
  }
  return cursor.offset === size ? range : `it has ${size - cursor.offset} bytes after its last column`;
}

/** Passes over a column with a dictionary. Returns its values, or a text that says what is wrong with it. */
async function readDictionary(
  cursor: Cursor,
  size: number,
  valueBytes: number,
  rows: number,
): Promise<Uint8Array | string> {
  const version = await cursor.u64();
  const width = ((await cursor.u64()) ?? 0) - DICTIONARY_INDEX + 1;
  const most = VALUES_MAX[width];
  if (version !== DICTIONARY_VERSION || most === undefined) return "does not start as a dictionary";
  const count = await cursor.u64();
  if (count === undefined || count > most) return "has too many values";
  if (cursor.offset + count * valueBytes > size) return "is longer than the block";
  const values = Uint8Array.from(await cursor.bytes(count * valueBytes));
  if ((await cursor.u64()) !== rows) return "has another number of rows";
  if (cursor.offset + rows * width > size) return "is longer than the block";
  const numbers = await cursor.bytes(rows * width);
  const highBytes = width - 1;
  for (let row = 0, at = 0; row < rows; row++, at += width) {
    const number = numbers[at]! + 256 * (highBytes === 0 ? 0 : numbers[at + 1]!);
    if (number >= count) return `has a number without a value in row ${row}`;
  }
  return values;
}

/** Little-endian signed 64-bit milliseconds. */
function rangeOf(bytes: Uint8Array): TimeRange {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let minMs = Number.POSITIVE_INFINITY;
  let maxMs = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < bytes.length; at += 8) {
    const ms = view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;
    if (ms < minMs) minMs = ms;
    if (ms > maxMs) maxMs = ms;
  }
  return bytes.length === 0 ? { minMs: 0, maxMs: 0 } : { minMs, maxMs };
}

/** Reads short pieces of a file. */
class Cursor {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #header = new Uint8Array(HEADER_MAX);
  offset = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  /** The next bytes, fewer at the end of the file. */
  async bytes(count: number): Promise<Uint8Array> {
    const bytes = count <= HEADER_MAX ? this.#header.subarray(0, count) : new Uint8Array(count);
    const { bytesRead } = await this.#handle.read(bytes, 0, count, this.offset);
    this.offset += count;
    return bytes.subarray(0, bytesRead);
  }

  /** Unsigned LEB128 of at most four bytes; undefined if there is none. */
  async varint(): Promise<number | undefined> {
    const start = this.offset;
    const bytes = await this.bytes(Math.min(4, this.#size - start));
    let value = 0;
    for (const [i, byte] of bytes.entries()) {
      value |= (byte & 127) << (7 * i);
      if (byte < 128) {
        this.offset = start + i + 1;
        return value;
      }
    }
    return undefined;
  }

  /** Little-endian; undefined at the end of the file, or above 2^53. */
  async u64(): Promise<number | undefined> {
    if (this.offset + 8 > this.#size) return undefined;
    const bytes = await this.bytes(8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    const value = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
    return Number.isSafeInteger(value) ? value : undefined;
  }

  async text(): Promise<string | undefined> {
    const length = await this.varint();
    if (length === undefined || length > TEXT_MAX || this.offset + length > this.#size) return undefined;
    return Buffer.from(await this.bytes(length)).toString("latin1");
  }
}
