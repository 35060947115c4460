import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, setU16be, setU32be, setU64be, toHex, u16be, u32be, uintBe } from "./bytes.ts";

describe("bytes", () => {
  it("reads what it wrote", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.maxSafeNat(),
        (a, b, c) => {
          const bytes = new Uint8Array(14);
          setU16be(bytes, 0, a);
          setU32be(bytes, 2, b);
          setU64be(bytes, 6, c);
          expect([u16be(bytes, 0), u32be(bytes, 2), uintBe(bytes, 6, 8)]).toEqual([a, b, c]);
        },
      ),
    );
  });

  it("turns bytes to hexadecimal and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (b) => {
        expect(fromHex(toHex(b))).toEqual(b);
      }),
    );
    expect(() => fromHex("0g")).toThrow(RangeError);
    expect(() => fromHex("012")).toThrow(RangeError);
  });
});
