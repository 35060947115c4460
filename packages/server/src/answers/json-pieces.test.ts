import fc from "fast-check";
import { expect, test } from "vitest";
import { answerPieces, jsonPieces } from "./json-pieces.ts";

test("a value is what JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect([...jsonPieces(value)].join("")).toBe(JSON.stringify(value));
    }),
  );
  const gaps = { a: undefined, b: [undefined, 1], c: { d: undefined }, e: [[], {}, [[]]], f: new Map() };
  expect([...jsonPieces(gaps)].join("")).toBe(JSON.stringify(gaps));
});

test("a large value is many pieces, none of them large", () => {
  const exporters = Array.from({ length: 2000 }, (_, i) => ({ address: `10.0.0.${i}`, fields: ["a".repeat(500)] }));
  const pieces = [...jsonPieces({ exporters })];
  expect(pieces.join("")).toBe(JSON.stringify({ exporters }));
  expect(pieces.length).toBeGreaterThan(50);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(20_000);
});

test("the rows of an answer are where the frame has none", () => {
  const rows = Array.from({ length: 500 }, (_, i) => ({ rows: '"rows":[]', i }));
  const frame = { from: '"rows":[]', columns: ["rows"], rows: [], tier: "flows" };
  for (const pieces of [[], [[]], [rows], [rows.slice(0, 7), [], rows.slice(7, 8), rows.slice(8)]]) {
    const text = [...answerPieces({ frame, pieces, bytes: 0 })].join("");
    expect(text).toBe(JSON.stringify({ ...frame, rows: pieces.flat() }));
  }
});
