import { encodeNative, NATIVE_EXTRA } from "@ngflow/flows";
import { expect, it } from "vitest";
import { batchOf } from "../testing/rows.ts";
import { checkExtra } from "./extra-layout.ts";

const ROWS = 4;

/** Column Extra of a block: what follows the name of its type. */
function column(): Uint8Array {
  const batch = batchOf([{ Extra: { a: "1", b: "22" } }, {}, { Extra: { a: "1", c: "x".repeat(200) } }, {}]);
  const block = Buffer.concat(encodeNative(batch.bytes, ROWS, batch.extra));
  return block.subarray(block.indexOf(NATIVE_EXTRA) + NATIVE_EXTRA.length);
}

it("the column that is written is one", () => {
  expect(checkExtra(column(), ROWS)).toBeUndefined();
});

/** The column as blocks of earlier releases have it: every number has four bytes. */
function olderColumn(): Buffer {
  const u64 = (...values: number[]): Buffer => Buffer.from(BigUint64Array.from(values.map(BigInt)).buffer);
  const texts = (list: readonly string[]): Buffer =>
    Buffer.concat(list.map((text) => Buffer.from(`${String.fromCharCode(text.length)}${text}`)));
  const numbers = (...list: number[]): Buffer =>
    Buffer.concat([u64(list.length), Buffer.from(Uint32Array.from(list).buffer)]);
  return Buffer.concat([
    ...[u64(1, 1), u64(2, 2, 4, 4), u64(0x602, 3), texts(["a", "b", "c"]), numbers(0, 1, 0, 2)],
    ...[u64(0x602, 3), texts(["1", "22", "x"]), numbers(0, 1, 0, 2)],
  ]);
}

it("a column of an earlier release is one, too", () => {
  expect(checkExtra(olderColumn(), ROWS)).toBeUndefined();
  const wrong = olderColumn();
  wrong.writeUInt32LE(3, wrong.length - 4);
  expect(checkExtra(wrong, ROWS)).toMatch(/number without a text/);
});

it.each([
  [256, 1],
  [257, 2],
  [65_536, 2],
  [65_537, 4],
])("%i texts have numbers of %i bytes", (count, width) => {
  const batch = batchOf(Array.from({ length: count }, (_, i) => ({ Extra: { a: `${i}` } })));
  const block = Buffer.concat(encodeNative(batch.bytes, count, batch.extra));
  const bytes = block.subarray(block.indexOf(NATIVE_EXTRA) + NATIVE_EXTRA.length);
  expect(checkExtra(bytes, count)).toBeUndefined();
  // The last value has the last text.
  expect(bytes.readUIntLE(bytes.length - width, width)).toBe(count - 1);
  expect(bytes.readUIntLE(bytes.length - 2 * width, width)).toBe(count - 2);
});

it("a column that was cut, or has more, is none", () => {
  const whole = column();
  for (let length = 0; length < whole.length; length++) {
    expect([length, checkExtra(whole.subarray(0, length), ROWS)]).not.toEqual([length, undefined]);
  }
  expect(checkExtra(Buffer.concat([whole, Buffer.alloc(1)]), ROWS)).toMatch(/1 bytes after/);
  for (const rows of [0, 1, 3, 5]) expect(checkExtra(whole, rows)).toBeTypeOf("string");
});

it("a number without a text, an end that goes back and lengths beyond the column are found", () => {
  const changed = (at: number, value: number): string | undefined => {
    const bytes = Uint8Array.from(column());
    new DataView(bytes.buffer).setUint32(at, value, true);
    return checkExtra(bytes, ROWS);
  };
  const ends = 16;
  const keys = ends + 8 * ROWS;
  expect(changed(0, 2)).toMatch(/start/);
  expect(changed(ends + 8, 1)).toMatch(/end of row 1/);
  expect(changed(ends + 24, 2 ** 31)).toBeTypeOf("string");
  expect(changed(keys, 0x603)).toMatch(/another type/);
  expect(changed(keys + 8, 5)).toMatch(/too many texts/);
  expect(changed(keys + 16, 0xffffffff)).toMatch(/ends in a text/);
  // Three keys of one letter, then how many numbers there are, then the first of them.
  expect(changed(keys + 22, 3)).toMatch(/number of values/);
  expect(changed(keys + 30, 3)).toMatch(/number without a text/);
});
