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
  expect(changed(keys, 0x601)).toMatch(/another type/);
  expect(changed(keys + 8, 5)).toMatch(/too many texts/);
  expect(changed(keys + 16, 0xffffffff)).toMatch(/ends in a text/);
  // Three keys of one letter, then how many numbers there are, then the first of them.
  expect(changed(keys + 22, 3)).toMatch(/number of values/);
  expect(changed(keys + 30, 3)).toMatch(/number without a text/);
});
