import { BlockMemory } from "./block-memory.ts";
import { type ColumnKind, KIND_BYTES } from "./column.ts";
import { type ColumnName, COLUMNS } from "./columns.ts";
import { FlowsError } from "./errors.ts";
import { encodeExtra, NATIVE_EXTRA } from "./extra/encode-extra.ts";
import type { ExtraFields } from "./extra/extra-fields.ts";
import { ipDictionary, type IpDictionary } from "./ip-dictionary.ts";
import { bytesOf, CHUNK, isZero, type Narrow, narrow16, narrow32, narrow64, narrow8 } from "./narrow.ts";
import { agoColumn, TIME_RECEIVED_MS, timeDictionary, TIMES_AGO } from "./native-times.ts";

/**
 * ClickHouse Native format, one block: varint columns, varint rows, then per column its name, its type (both as varint
 * length and bytes) and its memory. The columns of a batch are already that memory.
 */

/** Type name of a kind (ClickHouse 24 and later). Columns of milliseconds are UTC timestamps. */
export const NATIVE_TYPES: Readonly<Record<ColumnKind, string>> = {
  u8: "UInt8",
  u16: "UInt16",
  u32: "UInt32",
  u64: "UInt64",
  ms: "DateTime64(3, 'UTC')",
  ip: "IPv6",
  mac: "UInt64",
  map: "Map(LowCardinality(String), String)",
};

/** Type of an address column in a block in which every row has an IPv4 address: four bytes instead of 16. */
export const NATIVE_IPV4 = "IPv4";

/** Type of a column with few different values: each once, and then a number of one or two bytes a row. */
export const nativeDictionary = (type: string): string => `LowCardinality(${type})`;
/**
 * What a dictionary begins with: the values are with the numbers (SerializationLowCardinality), which have one byte;
 * 1 is added where they have two.
 */
export const DICTIONARY_VERSION = 1;
/** Flags of an index of one-byte numbers: the values are here, and replace those of before. */
export const DICTIONARY_INDEX = (1 << 9) | (1 << 10);
/** Bytes of a value of the types that a dictionary may have. */
export const DICTIONARY_WIDTHS: Readonly<Record<string, number>> = {
  [NATIVE_TYPES.ip]: 16,
  [NATIVE_IPV4]: 4,
  [NATIVE_TYPES.u64]: 8,
};

/**
 * The block of the first `rows` rows as pieces to be written one after the other. Wide columns are views of `columns`
 * (the bytes of each column in the order of COLUMNS), not copies, and others are in `memory`: write them before the
 * batch is reused and the memory is cleared.
 *
 * A block has no more than it needs. A column that is zero in every row is left out, as the reader fills it with zero.
 * Integers have the narrowest type that holds all values of the block. A column in which every address is IPv4 has
 * type NATIVE_IPV4, and one with few different addresses has them in a dictionary. Times are as native-times.ts says.
 * The reader converts all. Column Extra has type NATIVE_EXTRA. The time of reception always remains.
 * @param blank which columns are known to be zero in every row, so that their memory is not read
 */
export function encodeNative(
  columns: readonly Uint8Array[],
  rows: number,
  extra?: ExtraFields,
  blank?: readonly boolean[],
  memory = new BlockMemory(),
): Uint8Array[] {
  if (columns.length !== COLUMNS.length) {
    throw new FlowsError("native-columns", `native block: ${columns.length} columns given, ${COLUMNS.length} expected`);
  }
  const pieces: Uint8Array[] = [];
  let count = 0;
  const add = (name: string, { type, bytes, head = [] }: NativeColumn): void => {
    pieces.push(concat([text(name), text(type), ...head]), bytes);
    count++;
  };
  const received = wordsOf(columns[RECEIVED]!, rows);
  for (const [i, { name, kind }] of COLUMNS.entries()) {
    if (i === RECEIVED) {
      add(...receivedColumn(received, memory));
      continue;
    }
    if (blank?.[i] === true) continue;
    const whole = columns[i]!.subarray(0, rows * KIND_BYTES[kind]);
    const column = encodeColumn(kind, whole, memory);
    if (column.bytes.length === 0) continue;
    const ago = isAgo(name) ? agoColumn(received, wordsOf(whole, rows), memory) : undefined;
    if (ago === undefined) add(name, column);
    else add(TIMES_AGO[name as keyof typeof TIMES_AGO], integerColumn(ago));
  }
  const values = extra === undefined ? undefined : encodeExtra(extra, rows, memory);
  if (values !== undefined) {
    pieces.push(concat([text(EXTRA_COLUMN), text(NATIVE_EXTRA)]), ...values);
    count++;
  }
  return [concat([varint(count), varint(rows)]), ...pieces];
}

/** The column of kind map. */
const EXTRA_COLUMN: ColumnName = "Extra";
/** Position of the time of reception. */
const RECEIVED = COLUMNS.findIndex(({ name }) => name === "TimeReceived");

function isAgo(name: ColumnName): name is keyof typeof TIMES_AGO {
  return Object.hasOwn(TIMES_AGO, name);
}

/** The words of `rows` times, low first. */
function wordsOf(column: Uint8Array, rows: number): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, 2 * rows);
}

/** The name and the column of the times of reception. */
function receivedColumn(words: Uint32Array, memory: BlockMemory): [string, NativeColumn] {
  const few = timeDictionary(words, memory);
  if (few !== undefined) return [TIME_RECEIVED_MS, dictionary(NATIVE_TYPES.u64, bytesOf(few.values), few.numbers)];
  return ["TimeReceived", { type: NATIVE_TYPES.ms, bytes: bytesOf(words) }];
}

function integerColumn(numbers: Uint8Array | Uint16Array | Int32Array): NativeColumn {
  const sign = numbers instanceof Int32Array ? "" : "U";
  return { type: `${sign}Int${8 * numbers.BYTES_PER_ELEMENT}`, bytes: bytesOf(numbers) };
}

/** A column as a block has it; without bytes if it is zero in every row. */
interface NativeColumn {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** What comes before the bytes of the rows. */
  readonly head?: readonly Uint8Array[];
}

function encodeColumn(kind: ColumnKind, bytes: Uint8Array, memory: BlockMemory): NativeColumn {
  switch (kind) {
    case "u8":
      return integers(narrow8(bytes));
    case "u16":
      return integers(narrow16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), memory));
    case "u32":
      return integers(narrow32(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), memory));
    case "u64":
    case "mac":
      return integers(narrow64(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), memory));
    default:
      if (isZero(bytes)) return { type: NATIVE_TYPES[kind], bytes: new Uint8Array(0) };
      return kind === "ip" ? addresses(bytes, memory) : { type: NATIVE_TYPES[kind], bytes };
  }
}

/** A column of addresses in as few bytes as they need. */
function addresses(bytes: Uint8Array, memory: BlockMemory): NativeColumn {
  const few = ipDictionary(bytes, memory);
  if (few !== undefined) {
    const column = addressDictionary(few, memory);
    if (column.bytes.length + DICTIONARY_HEAD + few.values.length < shortestOf(few, bytes, memory)) return column;
  }
  const short = ipv4Column(bytes, memory);
  return short === undefined ? { type: NATIVE_TYPES.ip, bytes } : { type: NATIVE_IPV4, bytes: short };
}

/** Bytes of the numbers in a dictionary's head. */
const DICTIONARY_HEAD = 32;

/** Bytes of the column without a dictionary. */
function shortestOf({ values }: IpDictionary, bytes: Uint8Array, memory: BlockMemory): number {
  return ipv4Column(values, memory) === undefined ? bytes.length : bytes.length / 4;
}

/** Different addresses, and the number of one for each row. */
function addressDictionary({ values, numbers }: IpDictionary, memory: BlockMemory): NativeColumn {
  const short = ipv4Column(values, memory);
  return short === undefined ? dictionary(NATIVE_TYPES.ip, values, numbers) : dictionary(NATIVE_IPV4, short, numbers);
}

/** Different values of a type of fixed width, and the number of one for each row. */
function dictionary(type: string, values: Uint8Array, numbers: Uint8Array | Uint16Array): NativeColumn {
  const count = values.length / DICTIONARY_WIDTHS[type]!;
  const head = [u64(DICTIONARY_VERSION), u64(DICTIONARY_INDEX + numbers.BYTES_PER_ELEMENT - 1), u64(count), values];
  return { type: nativeDictionary(type), bytes: bytesOf(numbers), head: [...head, u64(numbers.length)] };
}

/** An integer below 2^32 as a little-endian word of 64 bits. */
function u64(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value, 0).buffer);
}

function integers({ width, bytes }: Narrow): NativeColumn {
  return { type: `UInt${8 * width}`, bytes };
}

/** ::ffff:0:0/96, the third word in little-endian order. */
const MAPPED_WORD = 0xffff_0000;

/** The addresses of a column as 32-bit numbers, little-endian; undefined unless all are IPv4 (::ffff:a.b.c.d). */
function ipv4Column(bytes: Uint8Array, memory: BlockMemory): Uint8Array | undefined {
  if (bytes.byteOffset % 4 !== 0) return undefined;
  const rows = bytes.length >>> 4;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, rows * 4);
  const short = memory.u32(rows);
  for (let at = 0; at < rows; at += CHUNK) {
    if (!copyIpv4(words, short, at, Math.min(rows, at + CHUNK))) return undefined;
  }
  return bytesOf(short);
}

/** Copies the IPv4 addresses of some rows. False at one that is none. */
function copyIpv4(words: Uint32Array, short: Uint32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const at = 4 * i;
    if (words[at + 2] !== MAPPED_WORD || words[at] !== 0 || words[at + 1] !== 0) return false;
    const w = words[at + 3]!;
    short[i] = (w << 24) | ((w & 0xff00) << 8) | ((w >>> 8) & 0xff00) | (w >>> 24);
  }
  return true;
}

/** Bytes of one row over all columns. */
export const ROW_BYTES = COLUMNS.reduce((sum, column) => sum + KIND_BYTES[column.kind], 0);

/** Unsigned LEB128. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Length and bytes of an ASCII text: every name and type is ASCII. */
function text(value: string): Uint8Array {
  return concat([varint(value.length), Uint8Array.from(value, (c) => c.charCodeAt(0))]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
