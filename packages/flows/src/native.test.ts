import { describe, expect, it } from "vitest";
import { parseIp } from "@ngflow/base";
import { KIND_BYTES } from "./column.ts";
import { COLUMNS } from "./columns.ts";
import { FlowBatch } from "./flow-batch.ts";
import { BlockMemory } from "./block-memory.ts";
import { encodeNative } from "./native.ts";

/** Bytes a value of each type of ClickHouse that a block may have. */
const WIDTHS: Record<string, number> = {
  ...{ UInt8: 1, UInt16: 2, UInt32: 4, UInt64: 8, Int32: 4 },
  ...{ IPv4: 4, IPv6: 16, "DateTime64(3, 'UTC')": 8 },
};

/** Reads a Native block back, as its description says it is made. */
function decode(block: Uint8Array): { rows: number; columns: { name: string; type: string; bytes: Uint8Array }[] } {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = block[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const text = (): string => {
    const length = varint();
    at += length;
    return String.fromCharCode(...block.subarray(at - length, at));
  };
  const count = varint();
  const rows = varint();
  const columns = Array.from({ length: count }, () => {
    const name = text();
    const type = text();
    const few = /^LowCardinality\((.*)\)$/.exec(type);
    if (few !== null) {
      const view = new DataView(block.buffer, block.byteOffset);
      const [version, index, values] = [0, 8, 16].map((offset) => view.getUint32(at + offset, true));
      expect(version).toBe(1);
      expect([0x600, 0x601]).toContain(index);
      const width = WIDTHS[few[1]!]!;
      const keys = block.subarray(at + 24, (at += 24 + values! * width));
      expect(view.getUint32(at, true)).toBe(rows);
      const bytes = index! - 0x5ff;
      const whole = Buffer.from(block.buffer, block.byteOffset, block.length);
      const numbers = Array.from({ length: rows }, (_, i) => whole.readUIntLE(at + 8 + i * bytes, bytes));
      at += 8 + rows * bytes;
      return { name, type, bytes: joined(numbers.map((n) => keys.subarray(n * width, (n + 1) * width))) };
    }
    const length = rows * WIDTHS[type]!;
    at += length;
    return { name, type, bytes: block.subarray(at - length, at) };
  });
  expect(at).toBe(block.length);
  return { rows, columns };
}

/** The columns of fixed width, with their places in a batch. */
const FIXED = [...COLUMNS.entries()].flatMap(([place, { name, kind }]) =>
  (kind as string) === "map" ? [] : [{ place, name, kind }],
);

function filled(rows: number): FlowBatch {
  const batch = new FlowBatch(rows + 3);
  for (const [c, bytes] of batch.bytes.entries()) {
    for (let i = 0; i < bytes.length; i++) bytes[i] = ((i * 7 + 1) ^ (i >> 8) ^ (16 * c)) & 0xff;
  }
  batch.rows = rows;
  return batch;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

describe("native block", () => {
  it.each([1, 127, 128, 300])("of %d rows is header and column memory", (rows) => {
    const batch = filled(rows);
    const encoded = joined(encodeNative(batch.bytes, rows));
    const block = decode(encoded);
    expect(block.rows).toBe(rows);
    expect(block.columns.map((column) => column.name)).toEqual(FIXED.map((column) => column.name));
    for (const [i, column] of block.columns.entries()) {
      const { place, kind } = FIXED[i]!;
      expect(column.bytes).toEqual(batch.bytes[place]!.subarray(0, rows * KIND_BYTES[kind]));
    }
    expect(new Set(block.columns.map((column) => column.type))).toEqual(
      new Set(["DateTime64(3, 'UTC')", "IPv6", "UInt8", "UInt16", "UInt32", "UInt64"]),
    );
  });

  it("does not copy columns", () => {
    const batch = filled(10);
    const pieces = encodeNative(batch.bytes, 10);
    for (const { place } of FIXED)
      expect(pieces.some((piece) => piece.buffer === batch.bytes[place]!.buffer)).toBe(true);
  });

  it("has the same bytes in memory that earlier blocks have used", () => {
    const memory = new BlockMemory();
    for (const rows of [5, 300, 300, 17, 300]) {
      memory.clear();
      const batch = new FlowBatch(rows);
      for (let row = 0; row < rows; row++) {
        batch.columns.TimeReceived[2 * row] = 1000 + (row >> 3);
        batch.columns.TimeStart[2 * row] = 900 + row;
        batch.columns.SrcAddr.set(parseIp(`10.0.${row >> 8}.${row & 255}`)!, 16 * row);
        batch.columns.ExporterAddr.set(parseIp(`192.0.2.${row & 7}`)!, 16 * row);
        batch.columns.DstPort[row] = row & 255;
        batch.columns.SrcAS[row] = rows + row;
        batch.columns.Bytes[2 * row] = row * rows;
      }
      batch.rows = rows;
      const fresh = joined(encodeNative(batch.bytes, rows));
      expect(joined(encodeNative(batch.bytes, rows, undefined, undefined, memory))).toEqual(fresh);
    }
  });

  it("leaves out columns without values, and shortens those with IPv4 addresses only", () => {
    const batch = new FlowBatch(3);
    batch.rows = 2;
    batch.columns.TimeReceived.set([5, 0, 6, 0]);
    batch.columns.Proto.set([0, 17]);
    const v4 = parseIp("10.1.2.3")!;
    for (const column of [batch.columns.SrcAddr, batch.columns.DstAddr]) for (const at of [0, 16]) column.set(v4, at);
    batch.columns.DstAddr.set(parseIp("2001:db8::1")!, 16);
    const { rows, columns } = decode(joined(encodeNative(batch.bytes, batch.rows)));
    expect(rows).toBe(2);
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ["TimeReceived", "DateTime64(3, 'UTC')"],
      ["SrcAddr", "IPv4"],
      ["DstAddr", "IPv6"],
      ["Proto", "UInt8"],
    ]);
    expect(columns[1]!.bytes).toEqual(Uint8Array.of(3, 2, 1, 10, 3, 2, 1, 10));
    expect(columns[2]!.bytes).toEqual(batch.columns.DstAddr.subarray(0, 32));
  });

  it("has times of reception once, and of others how long before it they were", () => {
    const rows = 1000;
    const T0 = Date.UTC(2026, 10, 30);
    const words = (ms: number): number[] => [ms % 2 ** 32, Math.floor(ms / 2 ** 32)];
    const encode = (of: (row: number) => [received: number, start: number, end: number]): ReturnType<typeof decode> => {
      const batch = new FlowBatch(rows);
      batch.rows = rows;
      for (let row = 0; row < rows; row++) {
        const [received, start, end] = of(row);
        batch.columns.TimeReceived.set(words(received), 2 * row);
        batch.columns.TimeStart.set(words(start), 2 * row);
        batch.columns.TimeEnd.set(words(end), 2 * row);
      }
      return decode(joined(encodeNative(batch.bytes, rows)));
    };
    const typesOf = ({ columns }: ReturnType<typeof decode>): string[] =>
      columns.map(({ name, type }) => `${name} ${type}`);
    const read = ({ columns }: ReturnType<typeof decode>, at: number, row: number): number => {
      const { type, bytes } = columns[at]!;
      const view = Buffer.from(bytes);
      if (type === "LowCardinality(UInt64)") return Number(view.readBigUInt64LE(row * 8));
      const width = WIDTHS[type]!;
      return type === "Int32" ? view.readInt32LE(row * width) : view.readUIntLE(row * width, width);
    };
    // Few times of reception, in any order; flows that ended up to a minute before, or after it.
    const near = encode((row) => [T0 + (row % 200), T0 - 65_334 + (row % 200), T0 + (row % 200) - (row % 255)]);
    expect(typesOf(near)).toEqual([
      ...["TimeReceivedMs LowCardinality(UInt64)", "TimeStartAgo UInt16", "TimeEndAgo UInt8"],
    ]);
    expect([0, 201].map((row) => read(near, 0, row))).toEqual([T0, T0 + 1]);
    expect([0, 5, 254].map((row) => [read(near, 1, row), read(near, 2, row)])).toEqual([
      ...[[65_335, 1] as const, [65_335, 6] as const, [65_335, 255] as const],
    ]);
    const ahead = encode((row) => [T0 + (row % 700), T0 + 5000, T0 - 2 ** 31 + 701]);
    expect(typesOf(ahead)).toEqual([
      ...["TimeReceivedMs LowCardinality(UInt64)", "TimeStartAgo Int32", "TimeEndAgo Int32"],
    ]);
    expect([read(ahead, 0, 699), read(ahead, 1, 0), read(ahead, 2, 0)]).toEqual([T0 + 699, -5000, 2 ** 31 - 700]);
    // Too long ago, or as many times as rows: as in a batch.
    const far = encode((row) => [T0 + row, row === 500 ? 0 : T0, T0 - 2 ** 31 + row]);
    expect(typesOf(far)).toEqual([
      ...["TimeReceived DateTime64(3, 'UTC')", "TimeStart DateTime64(3, 'UTC')", "TimeEnd DateTime64(3, 'UTC')"],
    ]);
  });

  it("has few different addresses once, and a byte a row", () => {
    const rows = 100;
    const batch = new FlowBatch(rows);
    batch.rows = rows;
    const four = ["10.0.0.1", "10.0.0.2"].map((text) => parseIp(text)!);
    const both = ["10.0.0.1", "2001:db8::1", "::"].map((text) => parseIp(text)!);
    for (let row = 0; row < rows; row++) {
      batch.columns.ExporterAddr.set(four[row % 2]!, 16 * row);
      batch.columns.NextHop.set(both[row % 3]!, 16 * row);
      batch.columns.SrcAddr.set([...parseIp("10.1.0.0")!.subarray(0, 15), row], 16 * row);
    }
    const encoded = joined(encodeNative(batch.bytes, rows));
    const { columns } = decode(encoded);
    expect(columns.map(({ name, type }) => [name, type]).slice(1)).toEqual([
      ["ExporterAddr", "LowCardinality(IPv4)"],
      ["SrcAddr", "IPv4"],
      ["NextHop", "LowCardinality(IPv6)"],
    ]);
    expect(columns[3]!.bytes).toEqual(batch.columns.NextHop);
    expect(columns[1]!.bytes.subarray(0, 8)).toEqual(Uint8Array.of(1, 0, 0, 10, 2, 0, 0, 10));
  });

  const WIDE = { SrcPort: 2, SrcAS: 4, Bytes: 8, SrcMac: 8 } as const;
  it.each([
    { value: 0xff, types: ["UInt8", "UInt8", "UInt8", "UInt8"] },
    { value: 0x100, types: ["UInt16", "UInt16", "UInt16", "UInt16"] },
    { value: 0x1_0000, types: [undefined, "UInt32", "UInt32", "UInt32"] },
    { value: 0xffff_ffff, types: [undefined, "UInt32", "UInt32", "UInt32"] },
    { value: 2 ** 32, types: [undefined, undefined, "UInt64", "UInt64"] },
    { value: 2 ** 47 + 3, types: [undefined, undefined, "UInt64", "UInt64"] },
  ])("has the narrowest integers that hold $value, wherever it is", ({ value, types }) => {
    const rows = 9000;
    for (const at of [0, 5000, rows - 1]) {
      const batch = new FlowBatch(rows + 5);
      batch.rows = rows;
      const put = (row: number, number: number): void => {
        for (const [name, width] of Object.entries(WIDE)) {
          const column = batch.columns[name as keyof typeof WIDE];
          if (width === 8) column.set([number % 2 ** 32, Math.floor(number / 2 ** 32)], 2 * row);
          else if (number < 256 ** width) column[row] = number;
        }
      };
      put(7, 1);
      put(at, value);
      // What is after the rows in use does not count.
      put(rows, 2 ** 48 - 1);
      const { columns } = decode(joined(encodeNative(batch.bytes, rows)));
      for (const [i, [name, width]] of Object.entries(WIDE).entries()) {
        const column = columns.find((column) => column.name === name)!;
        const expected = types[i] ?? "UInt8";
        expect([name, column.type]).toEqual([name, expected]);
        const view = Buffer.from(column.bytes);
        const bytes = WIDTHS[expected]!;
        const read = (row: number): number =>
          bytes === 8 ? Number(view.readBigUInt64LE(row * 8)) : view.readUIntLE(row * bytes, bytes);
        const wanted = Array.from({ length: rows }, () => 0);
        wanted[7] = 1;
        if (value < 256 ** width) wanted[at] = value;
        expect(wanted.findIndex((number, row) => read(row) !== number)).toBe(-1);
      }
    }
  });

  it("of no rows has a column", () => {
    expect(decode(joined(encodeNative(new FlowBatch(1).bytes, 0)))).toMatchObject({ rows: 0, columns: [{}] });
  });

  it("refuses another number of columns", () => {
    expect(() => encodeNative([], 0)).toThrow(/0 columns given/);
  });
});

describe("flow batch", () => {
  it("appends what fits", () => {
    const from = filled(10);
    const to = new FlowBatch(8);
    expect(to.append(from, 2, 3)).toBe(3);
    expect(to.append(from, 0, 10)).toBe(5);
    expect(to.append(from, 0, 10)).toBe(0);
    expect(to.rows).toBe(8);
    const source = from.columns.SrcPort;
    expect([...to.columns.SrcPort]).toEqual([...source.subarray(2, 5), ...source.subarray(0, 5)]);
    expect(to.columns.DstAddr.subarray(0, 16)).toEqual(from.columns.DstAddr.subarray(32, 48));
    expect(to.columns.Bytes.subarray(6)).toEqual(from.columns.Bytes.subarray(0, 10));
  });

  it("appends zeros after other values, to memory that was used before", () => {
    const of = (values: number[]): FlowBatch => {
      const batch = new FlowBatch(values.length);
      batch.columns.InVrf.set(values);
      batch.rows = values.length;
      return batch;
    };
    const to = new FlowBatch(6);
    to.append(of([0, 0]), 0, 2);
    to.append(of([7, 8]), 0, 2);
    to.append(of([0, 0]), 0, 2);
    expect([...to.columns.InVrf]).toEqual([0, 0, 7, 8, 0, 0]);
    to.rows = 0;
    to.append(of([0, 0, 0, 0, 0, 9]), 0, 6);
    expect([...to.columns.InVrf]).toEqual([0, 0, 0, 0, 0, 9]);
  });
});
