import { toHex } from "@ngflow/base";
import fc from "fast-check";
import { expect, it } from "vitest";
import { NgError } from "../ng-error.ts";
import { hint16, hint32, hint64, hint8, int16, int32, int64, int8, uint16, uint32, uint64, uint8 } from "./integer.ts";
import { createOutput } from "./output.ts";
import type { ParseType } from "./parse-type.ts";

// A second reading of the kernel's rules, made from its C code and not from ours: one character after the other, with
// C's 64-bit arithmetic and overflow tests, where ours matches expressions and computes without bounds.

const WORD = 1n << 64n;
const LONG_MAX = (1n << 63n) - 1n;
const ULONG_MAX = WORD - 1n;

interface Conversion {
  /** Bits of a C long, as an unsigned number. */
  readonly bits: bigint;
  /** Characters that were used; 0 without digits. */
  readonly used: number;
}

function digitOf(character: string | undefined): number {
  if (character === undefined) return 99;
  const code = character.charCodeAt(0);
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 90) return code - 55;
  return code >= 97 && code <= 122 ? code - 87 : 99;
}

/** The kernel's strtol (signed) and strtoul with base 0. */
function strto(text: string, signed: boolean): Conversion {
  let s = 0;
  let c: string | undefined;
  do c = text[s++];
  while (c !== undefined && (c === " " || (c >= "\t" && c <= "\r")));
  let negative = false;
  if (c === "-" || c === "+") {
    negative = c === "-";
    c = text[s++];
  }
  let base = 0;
  if (c === "0" && (text[s] === "x" || text[s] === "X")) {
    c = text[s + 1];
    s += 2;
    base = 16;
  }
  if (base === 0) base = c === "0" ? 8 : 10;
  const limit = signed ? (negative ? LONG_MAX + 1n : LONG_MAX) : ULONG_MAX;
  const [cutoff, cutlim] = [limit / BigInt(base), limit % BigInt(base)];
  let accumulated = 0n;
  let any = 0;
  for (; ; c = text[s++]) {
    const digit = digitOf(c);
    if (digit >= base) break;
    if (any < 0 || accumulated > cutoff || (accumulated === cutoff && BigInt(digit) > cutlim)) any = -1;
    else {
      any = 1;
      accumulated = accumulated * BigInt(base) + BigInt(digit);
    }
  }
  if (any < 0) accumulated = limit;
  else if (negative) accumulated = (WORD - accumulated) % WORD;
  // A saturated negative strtol is LONG_MIN, whose bits are those of the limit.
  return { bits: accumulated, used: any === 0 ? 0 : s - 1 };
}

interface Outcome {
  readonly hex?: string;
  readonly used?: number;
  readonly errno?: number;
}

/** What ng_int8_parse to ng_int64_parse make of a text. */
function kernel(text: string, bytes: number, form: "int" | "uint" | "hint"): Outcome {
  const { bits, used } = strto(text, bytes !== 4 || form === "int");
  const long = bits >= WORD / 2n ? bits - WORD : bits;
  if (used === 0) return { errno: 22 };
  if (bytes < 8) {
    const [least, most] = { 1: [-128n, 255n], 2: [-32768n, 65535n], 4: [-2147483648n, 4294967295n] }[bytes]!;
    if (long < least! || long > most!) return { errno: 22 };
  }
  let hex = "";
  for (let i = 0; i < bytes; i++)
    hex += Number((bits >> BigInt(8 * i)) & 0xffn)
      .toString(16)
      .padStart(2, "0");
  return { hex, used };
}

const TYPES = [
  ["int", 1, int8],
  ["uint", 1, uint8],
  ["hint", 1, hint8],
  ["int", 2, int16],
  ["uint", 2, uint16],
  ["hint", 2, hint16],
  ["int", 4, int32],
  ["uint", 4, uint32],
  ["hint", 4, hint32],
  ["int", 8, int64],
  ["uint", 8, uint64],
  ["hint", 8, hint64],
] as const;

function ours(type: ParseType, text: string): Outcome {
  const out = createOutput(text.length + 1);
  const cursor = { at: 0 };
  try {
    type.parse(text, cursor, out);
    return { hex: toHex(out.bytes.slice(0, out.length)), used: cursor.at };
  } catch (error) {
    if (!(error instanceof NgError)) throw error;
    return { errno: error.errno };
  }
}

/** Numbers next to every bound that one of the types has, and any others. */
const numbers = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 7, 8, 15, 16, 31, 32, 62, 63, 64, 65), fc.integer({ min: -3, max: 3 }))
    .map(([power, offset]) => 2n ** BigInt(power) + BigInt(offset)),
  fc.bigInt({ min: 0n, max: 2n ** 67n }),
  fc.bigInt({ min: 0n, max: 70_000n }),
);
const prefixes = { 8: "0", 10: "", 16: "0x" } as const;
const written = fc
  .record({
    blank: fc.constantFrom("", "", " ", "\t\v", "\n \r\f"),
    sign: fc.constantFrom("", "", "-", "+", "- ", "+-"),
    number: numbers,
    base: fc.constantFrom<8 | 10 | 16>(8, 10, 16),
    isUpper: fc.boolean(),
    after: fc.constantFrom("", "", "abc", "8", " 1", "x", "]", "}"),
  })
  .map(({ blank, sign, number, base, isUpper, after }) => {
    const digits = `${prefixes[base]}${(number < 0n ? -number : number).toString(base)}`;
    return `${blank}${sign}${isUpper ? digits.toUpperCase() : digits}${after}`;
  });
const noise = fc.string({
  unit: fc.constantFrom(...' \t+-0xX123456789abcfFgG{}[]="\\.é'.split("")),
  maxLength: 26,
});

it("reads 100,000 texts as numbers as a second reading of the kernel's rules does", () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 3, arbitrary: written }, noise), fc.nat({ max: TYPES.length - 1 }), (text, at) => {
      const [form, bytes, type] = TYPES[at]!;
      const [expected, actual] = [kernel(text, bytes, form), ours(type, text)];
      if (expected.hex !== actual.hex || expected.used !== actual.used || expected.errno !== actual.errno) {
        expect({ text, form, bytes, ...actual }).toEqual({ text, form, bytes, ...expected });
      }
    }),
    { numRuns: 100_000 },
  );
}, 60_000);

it("agrees with what was observed at the bounds of 64 bits", () => {
  expect(kernel("18446744073709551615", 4, "uint")).toEqual({ hex: "ffffffff", used: 20 });
  expect(kernel("18446744071562067967", 4, "uint")).toEqual({ errno: 22 });
  expect(kernel("-9223372036854775809", 8, "uint")).toEqual({ hex: "0000000000000080", used: 20 });
  // FreeBSD's own source: int32 goes through strtol, which saturates above its range.
  expect(ours(int32, "9223372036854775808")).toEqual({ errno: 22 });
  expect(ours(int32, "18446744073709551615")).toEqual({ errno: 22 });
});
