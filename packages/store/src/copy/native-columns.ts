/** A column of a block in ClickHouse's Native format. `data` is what follows its name and type. */
export interface NativeColumn {
  readonly name: string;
  readonly type: string;
  readonly data: Uint8Array;
}

export interface NativeBlock {
  readonly rows: number;
  readonly columns: readonly NativeColumn[];
}

/** Type of a column with texts by key, whose memory is `Texts`. */
export const TEXTS_TYPE = "Map(String, String)";

/** Bytes of a value of the types that a store's tables have. */
const WIDTHS: Readonly<Record<string, number>> = {
  UInt8: 1,
  UInt16: 2,
  UInt32: 4,
  UInt64: 8,
  UInt128: 16,
  Date: 2,
  "DateTime64(3, 'UTC')": 8,
  IPv6: 16,
};

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The blocks of a text in Native format whose columns have a fixed width, or TEXTS_TYPE. The memory of columns is that
 * of `bytes`. @throws Error for another type.
 */
export function* nativeBlocks(bytes: Uint8Array): Generator<NativeBlock> {
  const at = { offset: 0 };
  while (at.offset < bytes.length) {
    const count = varint(bytes, at);
    const rows = varint(bytes, at);
    const columns: NativeColumn[] = [];
    for (let i = 0; i < count; i++) {
      const name = decoder.decode(text(bytes, at));
      const type = decoder.decode(text(bytes, at));
      const start = at.offset;
      if (type === TEXTS_TYPE) skipTexts(bytes, at, rows);
      else at.offset += widthOf(type) * rows;
      columns.push({ name, type, data: bytes.subarray(start, at.offset) });
    }
    yield { rows, columns };
  }
}

/** A block as bytes. */
export function encodeBlock({ rows, columns }: NativeBlock): Uint8Array {
  const pieces: Uint8Array[] = [encodeVarint(columns.length), encodeVarint(rows)];
  for (const { name, type, data } of columns) pieces.push(encodeText(name), encodeText(type), data);
  return Buffer.concat(pieces);
}

/** The texts by key of each row of a column of TEXTS_TYPE. */
export function* textsOf({ data }: NativeColumn, rows: number): Generator<readonly (readonly [string, string])[]> {
  const ends = endsOf(data, rows);
  const total = ends.at(-1) ?? 0;
  const at = { offset: 8 * rows };
  const all = Array.from({ length: 2 * total }, () => decoder.decode(text(data, at)));
  let from = 0;
  for (const end of ends) {
    yield Array.from({ length: end - from }, (_, i) => [all[from + i]!, all[total + from + i]!] as const);
    from = end;
  }
}

/** The memory of a column of TEXTS_TYPE. */
export function encodeTexts(rows: readonly (readonly (readonly [string, string])[])[]): Uint8Array {
  const ends = new Uint8Array(8 * rows.length);
  const view = new DataView(ends.buffer);
  let total = 0;
  for (const [row, texts] of rows.entries()) view.setBigUint64(8 * row, BigInt((total += texts.length)), true);
  const flat = rows.flat();
  return Buffer.concat([ends, ...flat.map(([key]) => encodeText(key)), ...flat.map(([, value]) => encodeText(value))]);
}

function widthOf(type: string): number {
  const width = WIDTHS[type];
  if (width === undefined) throw new Error(`a column of type ${type} cannot be copied`);
  return width;
}

function skipTexts(bytes: Uint8Array, at: { offset: number }, rows: number): void {
  const total = endsOf(bytes.subarray(at.offset), rows).at(-1) ?? 0;
  at.offset += 8 * rows;
  for (let i = 0; i < 2 * total; i++) text(bytes, at);
}

function endsOf(bytes: Uint8Array, rows: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: rows }, (_, row) => Number(view.getBigUint64(8 * row, true)));
}

function text(bytes: Uint8Array, at: { offset: number }): Uint8Array {
  const length = varint(bytes, at);
  const start = at.offset;
  at.offset += length;
  return bytes.subarray(start, at.offset);
}

function varint(bytes: Uint8Array, at: { offset: number }): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at.offset++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

function encodeText(value: string): Uint8Array {
  const bytes = encoder.encode(value);
  return Buffer.concat([encodeVarint(bytes.length), bytes]);
}
