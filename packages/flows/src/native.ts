import { type ColumnKind, KIND_BYTES } from "./column.ts";
import { COLUMNS } from "./columns.ts";
import { FlowsError } from "./errors.ts";

/**
 * ClickHouse Native format, one block: varint columns, varint rows, then per column its name, its type (both as varint
 * length and bytes) and its memory. The columns of a batch are already that memory, so a block takes no work per row.
 */

/** Type name a kind has in the Native header; a backend that lacks a type passes another of the same width. */
export type NativeTypes = Readonly<Record<ColumnKind, string>>;

/** Types of ClickHouse 24 and later. Columns of milliseconds are UTC timestamps. */
export const NATIVE_TYPES: NativeTypes = {
  u8: "UInt8",
  u16: "UInt16",
  u32: "UInt32",
  u64: "UInt64",
  ms: "DateTime64(3, 'UTC')",
  ip: "IPv6",
  mac: "UInt64",
};

/**
 * The block of the first `rows` rows as pieces to be written one after the other. The column pieces are views of
 * `columns` (the bytes of each column in the order of COLUMNS), not copies: write them before the batch is reused.
 */
export function encodeNative(columns: readonly Uint8Array[], rows: number, types = NATIVE_TYPES): Uint8Array[] {
  if (columns.length !== COLUMNS.length) {
    throw new FlowsError("native-columns", `native block: ${columns.length} columns given, ${COLUMNS.length} expected`);
  }
  const pieces: Uint8Array[] = [concat([varint(COLUMNS.length), varint(rows)])];
  for (const [i, column] of COLUMNS.entries()) {
    pieces.push(concat([text(column.name), text(types[column.kind])]));
    pieces.push(columns[i]!.subarray(0, rows * KIND_BYTES[column.kind]));
  }
  return pieces;
}

/** Bytes of one row over all columns. */
export const ROW_BYTES = COLUMNS.reduce((sum, column) => sum + KIND_BYTES[column.kind], 0);

const HEADER_BYTES = COLUMNS.reduce(
  (sum, column) => sum + text(column.name).length + text(NATIVE_TYPES[column.kind]).length,
  varint(COLUMNS.length).length,
);

/** Bytes of a block of `rows` rows as `encodeNative` makes it with NATIVE_TYPES. */
export function nativeBytes(rows: number): number {
  return HEADER_BYTES + varint(rows).length + rows * ROW_BYTES;
}

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
