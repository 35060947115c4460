import { expect, it } from "vitest";
import fc from "fast-check";
import { type Fragment, Reassembly } from "./reassembly.ts";

const buffer = Uint8Array.from({ length: 3000 }, (_, i) => i % 251);

function piece(key: string, from: number, to: number, last = false): Fragment {
  return { key, at: from, start: from, end: to, last };
}

it("puts fragments together in any order", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.nat()), (lengths, order) => {
      const reassembly = new Reassembly();
      let at = 0;
      const pieces = lengths.map((n, i) => piece("a", at, (at += 8 * Math.ceil(n / 8)), i === lengths.length - 1));
      const shuffled = pieces.map((p) => [order.next().value, p] as const).sort(([a], [b]) => a - b);
      const results = shuffled.map(([, p]) => reassembly.add(buffer, p));
      expect(results.slice(0, -1).every((whole) => whole === undefined)).toBe(true);
      expect(results.at(-1)).toEqual(buffer.subarray(0, at));
      expect(reassembly).toMatchObject({ completed: 1, waiting: 0, refused: 0, displaced: 0 });
    }),
  );
});

it("drops a fragment that comes twice alone", () => {
  const reassembly = new Reassembly();
  expect(reassembly.add(buffer, piece("a", 0, 8))).toBeUndefined();
  expect(reassembly.add(buffer, piece("a", 0, 8))).toBeUndefined();
  expect(reassembly.add(buffer, piece("a", 8, 12, true))).toEqual(buffer.subarray(0, 12));
});

it.each([
  ["overlap", piece("a", 8, 24)],
  ["end before bytes that have come", piece("a", 0, 8, true)],
  ["reach beyond the largest packet", { ...piece("a", 0, 1000), at: 65_528 }],
])("drops a packet whose fragments %s", (_, fragment) => {
  const reassembly = new Reassembly();
  reassembly.add(buffer, piece("a", 16, 32));
  expect(reassembly.add(buffer, fragment)).toBeUndefined();
  expect(reassembly).toMatchObject({ refused: 1, waiting: 0 });
});

it("drops a packet with two ends", () => {
  const reassembly = new Reassembly();
  reassembly.add(buffer, piece("a", 16, 32, true));
  expect(reassembly.add(buffer, piece("a", 32, 40))).toBeUndefined();
  expect(reassembly.refused).toBe(1);
});

it("lets the oldest packet give way at the bound", () => {
  const reassembly = new Reassembly();
  for (let i = 0; i < 65; i++) reassembly.add(buffer, piece(String(i), 0, 8));
  expect(reassembly).toMatchObject({ waiting: 64, displaced: 1 });
  expect(reassembly.add(buffer, piece("1", 8, 9, true))).toBeDefined();
});
