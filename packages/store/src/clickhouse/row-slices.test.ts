import { expect, it } from "vitest";
import { parseRows, rowSlices } from "./row-slices.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const ROWS = Array.from({ length: 100 }, (_, i) => [i, `line\nfeed "${i}", ラーメン`, null]);
const LINES = bytes(ROWS.map((row) => `${JSON.stringify(row)}\n`).join(""));

it.each([1, 2, 30, 1000, 1_000_000])("rows come in order, whole, in slices of about %i bytes", (sliceBytes) => {
  const slices = [...rowSlices(LINES, sliceBytes)];
  expect(slices.flat()).toEqual(ROWS);
  const lengths = slices.map((slice) => JSON.stringify(slice).length);
  expect(Math.max(...lengths)).toBeLessThan(sliceBytes + 100);
});

it("an answer without rows has no slice, and the last line feed may be missing", () => {
  expect([...rowSlices(bytes(""))]).toEqual([]);
  expect(parseRows(bytes("[1]\n[2]"))).toEqual([[1], [2]]);
  // A view into a larger buffer is read from its own start to its own end.
  expect(parseRows(bytes("[1]\n[2]\n[3]\n").subarray(4, 8))).toEqual([[2]]);
});
