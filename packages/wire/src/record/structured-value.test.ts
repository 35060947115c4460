import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldSpecifier, newTemplate, type Template, VARIABLE_LENGTH } from "../template/template.ts";
import { bytes } from "../testing/index.ts";
import { readRecord } from "./read-record.ts";

const INNER = newTemplate(300, [fieldSpecifier(0, 8, 4), fieldSpecifier(0, 291, VARIABLE_LENGTH)]);
const NESTED = newTemplate(301, [fieldSpecifier(0, 292, VARIABLE_LENGTH)]);
const known = new Map<number, Template>([
  [300, INNER],
  [301, NESTED],
]);
const lookup = (id: number): Template | undefined => known.get(id);

/** A record of one variable-length list of the given element. */
function read(id: number, content: Uint8Array): unknown {
  const record = bytes([255, 1], [content.length, 2], content);
  const template = newTemplate(400, [fieldSpecifier(0, id, VARIABLE_LENGTH)]);
  return Object.values(readRecord(record, 0, record.length, template, lookup)!.fields)[0];
}

const BASIC = bytes([3, 1], [7, 2], [2, 2], [80, 2], [443, 2]);

describe("structured data", () => {
  it("reads a basicList, of enterprise and of variable-length elements too", () => {
    expect(read(291, BASIC)).toEqual({ semantic: "allOf", element: "sourceTransportPort", values: [80, 443] });
    expect(read(291, bytes([255, 1], [0x8005, 2], [1, 2], [9, 4], [0xab, 1]))).toEqual({
      semantic: "undefined",
      element: "9.5",
      values: ["0xab"],
    });
    expect(read(291, bytes([4, 1], [82, 2], [65535, 2], [2, 1], [0x6131, 2], [0, 1]))).toEqual({
      semantic: "ordered",
      element: "interfaceName",
      values: ["a1", ""],
    });
    expect(read(291, bytes([0, 1], [7, 2], [2, 2]))).toMatchObject({ semantic: "noneOf", values: [] });
  });

  it("reads lists of records, and lists in them", () => {
    const record = bytes([0x0a000001, 4], [BASIC.length, 1], BASIC);
    const records = [
      {
        sourceIPv4Address: "10.0.0.1",
        basicList: { semantic: "allOf", element: "sourceTransportPort", values: [80, 443] },
      },
    ];
    expect(read(292, bytes([3, 1], [300, 2], record))).toEqual({ semantic: "allOf", template: 300, records });
    expect(read(293, bytes([1, 1], [300, 2], [4 + record.length, 2], record, [300, 2], [4, 2]))).toEqual({
      semantic: "exactlyOneOf",
      lists: [
        { template: 300, records },
        { template: 300, records: [] },
      ],
    });
  });

  it.each([
    ["an unknown template", 292, bytes([3, 1], [999, 2], [1, 4])],
    ["a cut record", 292, bytes([3, 1], [300, 2], [1, 3])],
    ["a block longer than its list", 293, bytes([3, 1], [300, 2], [900, 2])],
    ["a block of impossible length", 293, bytes([3, 1], [300, 2], [3, 2])],
    ["elements of no length", 291, bytes([3, 1], [7, 2], [0, 2], [1, 2])],
    ["a cut element", 291, bytes([3, 1], [7, 2], [2, 2], [1, 1])],
    ["no content", 291, bytes()],
  ])("%s leaves the bytes as they are", (_name, id, content) => {
    expect(read(id, content)).toBe(`0x${[...content].map((b) => b.toString(16).padStart(2, "0")).join("")}`);
  });

  it("does not follow lists in lists without end", () => {
    let content = bytes([3, 1], [301, 2]);
    for (let i = 0; i < 20; i++) content = bytes([3, 1], [301, 2], [content.length, 1], content);
    expect(JSON.stringify(read(292, content))).toMatch(/0x03/);
  });

  it("survives anything", () => {
    fc.assert(
      fc.property(fc.constantFrom(291, 292, 293), fc.uint8Array({ maxLength: 200 }), (id, content) => {
        expect(read(id, content)).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });
});
