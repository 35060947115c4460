import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlowBatch } from "../flow-batch.ts";
import type { ExtraElement } from "./extra-element.ts";
import { ExtraFields } from "./extra-fields.ts";

const element = (key: string): ExtraElement => ({
  key,
  text: (bytes, offset, length) => bytes.subarray(offset, offset + length).join("."),
});
const [A, B, C] = [element("a"), element("b"), element("c")];

/** Texts by key of every row. */
function textsOf(extra: ExtraFields, rows: number): Record<string, string>[] {
  const texts: Record<string, string>[] = Array.from({ length: rows }, () => ({}));
  for (let i = 0, start = 0; i < extra.count; i++) {
    const { key, text } = extra.elements[extra.elementOf[i]!]!;
    texts[extra.rows[i]!]![key] = text(extra.bytes, start, extra.ends[i]! - start);
    start = extra.ends[i]!;
  }
  return texts;
}

function add(extra: ExtraFields, row: number, of: ExtraElement, ...bytes: number[]): boolean {
  return extra.add(row, extra.position(of), Uint8Array.from([99, ...bytes]), 1, bytes.length);
}

describe("fields without a column", () => {
  it("are kept by row, and take no memory where there are none", () => {
    const extra = new ExtraFields(10);
    expect(extra.memoryBytes).toBe(0);
    add(extra, 1, A, 1, 2);
    add(extra, 1, B);
    add(extra, 3, A, 7);
    expect(textsOf(extra, 4)).toEqual([{}, { a: "1.2", b: "" }, {}, { a: "7" }]);
    extra.truncate(3);
    expect(textsOf(extra, 4)).toEqual([{}, { a: "1.2", b: "" }, {}, {}]);
    extra.clear();
    expect(extra).toMatchObject({ count: 0, used: 0 });
  });

  it("have bounds of bytes and values for a row, and for all rows", () => {
    const extra = new ExtraFields(1);
    const long = new Uint8Array(600);
    const at = extra.position(A);
    expect(extra.add(0, at, long, 0, 513)).toBe(false);
    expect(extra.add(0, at, long, 0, 512)).toBe(true);
    expect(extra.add(0, at, long, 0, 1)).toBe(false);
    for (let i = 1; i < 64; i++) expect(extra.add(0, at, long, 0, 0)).toBe(true);
    expect(extra.add(0, at, long, 0, 0)).toBe(false);
    expect(extra.add(1, at, long, 0, 600, 65_535)).toBe(true);
    let rows = 2;
    while (extra.add(rows, at, long, 0, 400)) rows++;
    expect(extra.count).toBe(Math.min(extra.maxValues, 65 + Math.floor((extra.maxBytes - 1112) / 400) + 1));
    expect(extra.rowsLeft(64, 512)).toBe(0);
  });

  it("forget elements when there are many, so that templates cannot add them without end", () => {
    const extra = new ExtraFields(10);
    for (let i = 0; i < 70_000; i++) extra.position(element(`${i}`));
    expect(extra.position(element("one more"))).toBe(-1);
    expect(extra.generation).toBe(0);
    extra.clear();
    expect(extra).toMatchObject({ generation: 1, elements: [] });
    expect(extra.position(A)).toBe(0);
  });

  it("go to another batch with their rows, whole or not at all", () => {
    const valueOf = fc.tuple(fc.constantFrom(A, B, C), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(valueOf, { maxLength: 3, selector: ([of]) => of.key }), {
          minLength: 1,
          maxLength: 40,
        }),
        fc.integer({ min: 1, max: 40 }),
        (given, piece) => {
          const from = new FlowBatch(given.length);
          for (const [row, values] of given.entries()) {
            for (const [of, bytes] of values) from.extra.add(row, from.extra.position(of), bytes, 0, bytes.length, 900);
          }
          from.rows = given.length;
          const got: Record<string, string>[] = [];
          let to = new FlowBatch(25);
          to.extra.position(C);
          for (let row = 0; row < from.rows;) {
            row += to.append(from, row, Math.min(piece, from.rows - row));
            if (!to.isFull) continue;
            got.push(...textsOf(to.extra, to.rows));
            to = new FlowBatch(25);
          }
          got.push(...textsOf(to.extra, to.rows));
          expect(got).toEqual(textsOf(from.extra, from.rows));
        },
      ),
    );
  });

  it("end a batch when their memory is full", () => {
    const from = new FlowBatch(1000);
    const bytes = new Uint8Array(500);
    for (let row = 0; row < 200; row++) from.extra.add(row, from.extra.position(A), bytes, 0, 500);
    from.rows = 200;
    const to = new FlowBatch(1000);
    expect(to.append(from, 0, 200)).toBe(200);
    expect(to.append(from, 0, 200)).toBe(62);
    expect(to).toMatchObject({ rows: 262, isFull: true });
    to.rows = 0;
    expect(to.append(from, 62, 138)).toBe(138);
    expect(to.isFull).toBe(false);
  });
});
