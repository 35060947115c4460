/** A number as the kernel's strtol reads it, and the position behind its last digit. */
export interface ParsedNumber {
  readonly value: bigint;
  /** Equal to the start position when there were no digits. */
  readonly end: number;
}

const SPACE = /[ \t\n\v\f\r]*/y;
const DIGITS = {
  8: /[0-7]+/y,
  10: /[0-9]+/y,
  16: /[0-9a-fA-F]+/y,
} as const;
const PREFIX = { 8: "0o", 10: "", 16: "0x" } as const;

/**
 * Reads a C integer constant at `at`: optional blanks and sign, base 0 (decimal, `0x`, leading `0` octal) or base 16.
 * The value is unbounded; callers saturate or refuse.
 */
export function parseNumber(text: string, at: number, base: 0 | 16): ParsedNumber {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  let position = SPACE.lastIndex;
  const sign = text[position];
  if (sign === "-" || sign === "+") position++;
  let radix: 8 | 10 | 16 = base === 16 ? 16 : 10;
  if (text[position] === "0" && (text[position + 1] === "x" || text[position + 1] === "X")) {
    radix = 16;
    position += 2;
  } else if (base === 0 && text[position] === "0") radix = 8;
  const digits = DIGITS[radix];
  digits.lastIndex = position;
  const match = digits.exec(text);
  if (match === null) return { value: 0n, end: at };
  const magnitude = BigInt(PREFIX[radix] + match[0]);
  return { value: sign === "-" ? -magnitude : magnitude, end: digits.lastIndex };
}

const LONG_MAX = (1n << 63n) - 1n;
const LONG_MIN = -(1n << 63n);
const ULONG_MAX = (1n << 64n) - 1n;

/** strtol: saturates to 64 signed bits. */
export function saturateSigned(value: bigint): bigint {
  if (value > LONG_MAX) return LONG_MAX;
  return value < LONG_MIN ? LONG_MIN : value;
}

/** strtoul: magnitudes above 2^64 - 1 saturate to it, negative numbers wrap. */
export function saturateUnsigned(value: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  if (magnitude > ULONG_MAX) return ULONG_MAX;
  return BigInt.asUintN(64, value);
}
