import { type ColumnKind, KIND_BYTES } from "./column.ts";
import { type ColumnName, COLUMNS } from "./columns.ts";
import { FlowsError } from "./errors.ts";
import { encodeExtra, NATIVE_EXTRA } from "./extra/encode-extra.ts";
import type { ExtraFields } from "./extra/extra-fields.ts";
import { ipDictionary, type IpDictionary } from "./ip-dictionary.ts";
import { isZero, type Narrow, narrow16, narrow32, narrow64, narrow8 } from "./narrow.ts";

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

/** Type of a column with few different values: each once, and then a number of one byte a row. */
export const nativeDictionary = (type: string): string => `LowCardinality(${type})`;
/** What a dictionary begins with: the numbers have one byte, the values are with them (SerializationLowCardinality). */
export const DICTIONARY_VERSION = 1;
export const DICTIONARY_INDEX = (1 << 9) | (1 << 10);

/**
 * The block of the first `rows` rows as pieces to be written one after the other. Wide columns are views of `columns`
 * (the bytes of each column in the order of COLUMNS), not copies: write them before the batch is reused.
 *
 * A block has no more than it needs. A column that is zero in every row is left out, as the reader fills it with zero.
 * Integers have the narrowest type that holds all values of the block. A column in which every address is IPv4 has
 * type NATIVE_IPV4, and one with few different addresses has them in a dictionary. The reader converts all. Column
 * Extra has type NATIVE_EXTRA. One column always remains.
 * @param blank which columns are known to be zero in every row, so that their memory is not read
 */
export function encodeNative(
  columns: readonly Uint8Array[],
  rows: number,
  extra?: ExtraFields,
  blank?: readonly boolean[],
): Uint8Array[] {
  if (columns.length !== COLUMNS.length) {
    throw new FlowsError("native-columns", `native block: ${columns.length} columns given, ${COLUMNS.length} expected`);
  }
  const pieces: Uint8Array[] = [];
  let count = 0;
  for (const [i, { name, kind }] of COLUMNS.entries()) {
    if (i > 0 && blank?.[i] === true) continue;
    const whole = columns[i]!.subarray(0, rows * KIND_BYTES[kind]);
    const { type, bytes, head } = i === 0 ? { type: NATIVE_TYPES[kind], bytes: whole } : encodeColumn(kind, whole);
    if (i > 0 && bytes.length === 0) continue;
    pieces.push(concat([text(name), text(type), ...(head ?? [])]), bytes);
    count++;
  }
  const values = extra === undefined ? undefined : encodeExtra(extra, rows);
  if (values !== undefined) {
    pieces.push(concat([text(EXTRA_COLUMN), text(NATIVE_EXTRA)]), ...values);
    count++;
  }
  return [concat([varint(count), varint(rows)]), ...pieces];
}

/** The column of kind map. */
const EXTRA_COLUMN: ColumnName = "Extra";

/** A column as a block has it; without bytes if it is zero in every row. */
interface NativeColumn {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** What comes before the bytes of the rows. */
  readonly head?: readonly Uint8Array[];
}

function encodeColumn(kind: ColumnKind, bytes: Uint8Array): NativeColumn {
  switch (kind) {
    case "u8":
      return integers(narrow8(bytes));
    case "u16":
      return integers(narrow16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)));
    case "u32":
      return integers(narrow32(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)));
    case "u64":
    case "mac":
      return integers(narrow64(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)));
    default:
      if (isZero(bytes)) return { type: NATIVE_TYPES[kind], bytes: new Uint8Array(0) };
      return kind === "ip" ? addresses(bytes) : { type: NATIVE_TYPES[kind], bytes };
  }
}

/** A column of addresses in as few bytes as they need. */
function addresses(bytes: Uint8Array): NativeColumn {
  const few = ipDictionary(bytes);
  if (few !== undefined) {
    const column = dictionary(few);
    if (column.bytes.length + DICTIONARY_HEAD + few.values.length < shortestOf(few, bytes)) return column;
  }
  const short = ipv4Column(bytes);
  return short === undefined ? { type: NATIVE_TYPES.ip, bytes } : { type: NATIVE_IPV4, bytes: short };
}

/** Bytes of the numbers in a dictionary's head. */
const DICTIONARY_HEAD = 32;

/** Bytes of the column without a dictionary. */
function shortestOf({ values }: IpDictionary, bytes: Uint8Array): number {
  return ipv4Column(values) === undefined ? bytes.length : bytes.length / 4;
}

/** Different addresses, and the number of one for each row. */
function dictionary({ values, numbers }: IpDictionary): NativeColumn {
  const short = ipv4Column(values);
  const type = nativeDictionary(short === undefined ? NATIVE_TYPES.ip : NATIVE_IPV4);
  const head = [u64(DICTIONARY_VERSION), u64(DICTIONARY_INDEX), u64(values.length >>> 4)];
  return { type, bytes: numbers, head: [...head, short ?? values, u64(numbers.length)] };
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
function ipv4Column(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.byteOffset % 4 !== 0) return undefined;
  const rows = bytes.length >>> 4;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, rows * 4);
  const short = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) {
    const at = 4 * i;
    if (words[at + 2] !== MAPPED_WORD || words[at] !== 0 || words[at + 1] !== 0) return undefined;
    const w = words[at + 3]!;
    short[i] = (w << 24) | ((w & 0xff00) << 8) | ((w >>> 8) & 0xff00) | (w >>> 24);
  }
  return new Uint8Array(short.buffer);
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
