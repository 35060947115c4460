import { setU16le, setU32le, setU64le, u16le, u32le } from "@ngflow/base";
import { NgError } from "../ng-error.ts";
import { append, appendZeros } from "./output.ts";
import { parseNumber, saturateSigned, saturateUnsigned } from "./number.ts";
import type { ParseCursor, ParseOutput, ParseType, TextType } from "./parse-type.ts";
import { typeOf } from "./values.ts";

type Form = "signed" | "unsigned" | "hex";

const LABEL_PREFIX = { signed: "int", unsigned: "uint", hex: "hint" } as const;

/** Little-endian bytes of the low `size * 8` bits. */
function bytesOf(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, value);
  for (let i = 0; i < size; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Little-endian unsigned integer; allocates, control plane only. */
function valueOf(data: Uint8Array, at: number, size: number): bigint {
  if (at + size > data.length) throw new NgError("ERANGE");
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(data[at + i]!);
  return value;
}

/** Reads the text at the cursor as the original does for this size. @throws NgError EINVAL. */
function read(text: string, cursor: ParseCursor, size: 1 | 2 | 4 | 8, form: Form): bigint {
  const { value, end } = parseNumber(text, cursor.at, 0);
  if (end === cursor.at) throw new NgError("EINVAL");
  // strtol, but for 32 bits that are not signed: strtoul into a signed long, where 2^64 - 1 is -1.
  const asUnsigned = size === 4 && form !== "signed";
  const long = asUnsigned ? BigInt.asIntN(64, saturateUnsigned(value)) : saturateSigned(value);
  // 64 bits have no range check.
  if (size !== 8) {
    const bits = BigInt(size * 8);
    if (long < -(1n << (bits - 1n)) || long > (1n << bits) - 1n) throw new NgError("EINVAL");
  }
  cursor.at = end;
  return long;
}

const TWO32 = 4294967296;

/** Values of 64 bits are exact up to 2^53. */
function integer(size: 1 | 2 | 4 | 8, form: Form): ParseType<number> {
  const signed = form === "signed";
  const text: TextType = {
    label: `${LABEL_PREFIX[form]}${size * 8}`,
    align: size,
    parse(text: string, cursor: ParseCursor, out: ParseOutput) {
      append(out, bytesOf(read(text, cursor, size, form), size));
    },
    unparse(data, cursor) {
      const value = valueOf(data, cursor.at, size);
      cursor.at += size;
      if (form === "hex") return `0x${value.toString(16)}`;
      return (form === "signed" ? BigInt.asIntN(size * 8, value) : value).toString();
    },
    defaultValue: (out) => appendZeros(out, size),
  };
  return typeOf<number>(text, {
    get(input) {
      const at = input.take(size);
      const { data } = input;
      if (size === 8) {
        const high = u32le(data, at + 4);
        return u32le(data, at) + (signed ? high | 0 : high) * TWO32;
      }
      const value = size === 4 ? u32le(data, at) : size === 2 ? u16le(data, at) : data[at]!;
      const unused = 32 - 8 * size;
      return signed ? (value << unused) >> unused : value;
    },
    put(value, output) {
      // JavaScript modules have no compiler to check this.
      if (typeof value !== "number") throw new TypeError(`${text.label}: ${typeof value} instead of a number`);
      const at = output.take(size);
      if (size === 8) setU64le(output.bytes, at, value);
      else if (size === 4) setU32le(output.bytes, at, value);
      else if (size === 2) setU16le(output.bytes, at, value);
      else output.bytes[at] = value;
    },
  });
}

/** A signed integer of 8 bits, little-endian; decimal text. */
export const int8: ParseType<number> = integer(1, "signed");
/** An unsigned integer of 8 bits, little-endian; decimal text. */
export const uint8: ParseType<number> = integer(1, "unsigned");
/** An unsigned integer of 8 bits, little-endian; hexadecimal text. */
export const hint8: ParseType<number> = integer(1, "hex");
/** A signed integer of 16 bits, little-endian; decimal text. */
export const int16: ParseType<number> = integer(2, "signed");
/** An unsigned integer of 16 bits, little-endian; decimal text. */
export const uint16: ParseType<number> = integer(2, "unsigned");
/** An unsigned integer of 16 bits, little-endian; hexadecimal text. */
export const hint16: ParseType<number> = integer(2, "hex");
/** A signed integer of 32 bits, little-endian; decimal text. */
export const int32: ParseType<number> = integer(4, "signed");
/** An unsigned integer of 32 bits, little-endian; decimal text. */
export const uint32: ParseType<number> = integer(4, "unsigned");
/** An unsigned integer of 32 bits, little-endian; hexadecimal text. */
export const hint32: ParseType<number> = integer(4, "hex");
/** A signed integer of 64 bits, little-endian; decimal text. */
export const int64: ParseType<number> = integer(8, "signed");
/** An unsigned integer of 64 bits, little-endian; decimal text. */
export const uint64: ParseType<number> = integer(8, "unsigned");
/** An unsigned integer of 64 bits, little-endian; hexadecimal text. */
export const hint64: ParseType<number> = integer(8, "hex");
