import { toHex } from "@ngflow/base";
import { type AbstractType, fieldText } from "@ngflow/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hexForms } from "./hex-forms.ts";

const bytesOf = (least: number, most: number) => fc.uint8Array({ minLength: least, maxLength: most });
const TYPES: readonly [AbstractType, fc.Arbitrary<Uint8Array>][] = [
  ["unsigned8", bytesOf(1, 8)],
  ["unsigned64", bytesOf(1, 8)],
  ["signed32", bytesOf(1, 8)],
  ["float32", bytesOf(4, 4)],
  ["float64", bytesOf(8, 8)],
  ["boolean", fc.constantFrom(Uint8Array.of(1), Uint8Array.of(2))],
  ["macAddress", bytesOf(6, 6)],
  ["ipv4Address", bytesOf(4, 4)],
  ["ipv6Address", bytesOf(16, 16)],
  ["dateTimeSeconds", bytesOf(4, 4)],
  [
    "dateTimeMilliseconds",
    fc.bigInt(0n, 8_640_000_000_000_000n).map((ms) => new Uint8Array(BigUint64Array.of(ms).buffer).reverse()),
  ],
];

it.each(TYPES)(
  "%s: the bytes of a value are among the forms of its text, and all forms have that text",
  (type, bytes) => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = fieldText(value, 0, value.length, type);
        // What is no value of the type is hexadecimal already.
        if (text.startsWith("0x") || text.startsWith("+")) return;
        const forms = hexForms(type, text);
        expect(forms).toContain(`0x${toHex(value)}`);
        for (const form of forms) {
          const read = Buffer.from(form.slice(2), "hex");
          expect(fieldText(read, 0, read.length, type)).toBe(text);
        }
      }),
    );
  },
);

it.each([
  ["unsigned32", "-1"],
  ["unsigned32", "1.5"],
  ["unsigned32", ""],
  ["signed8", "99999999999999999999"],
  ["float64", "abc"],
  ["boolean", "yes"],
  ["macAddress", "0a:0b"],
  ["ipv4Address", "::1"],
  ["ipv6Address", "10.0.0.1"],
  ["dateTimeSeconds", "2026-01-02"],
  ["dateTimeSeconds", "2026-01-02T00:00:00.500Z"],
  ["octetArray", "0x00"],
] as const)("%s has no form of %j", (type, text) => {
  expect(hexForms(type, text)).toEqual([]);
});
