import { NgError } from "../ng-error.ts";
import { type Composite, defaultComposite, parseComposite, unparseComposite } from "./composite.ts";
import { hint8 } from "./integer.ts";
import { append, appendZeros } from "./output.ts";
import type { LengthOf, ParseType, TextType } from "./parse-type.ts";
import { parseString } from "./string.ts";
import { nextToken } from "./token.ts";
import { typeOf } from "./values.ts";

function arrayText(label: string, type: TextType, count: LengthOf, defaults?: readonly Uint8Array[]): TextType {
  const composite: Composite = {
    kind: "array",
    align: type.align,
    count,
    type: () => type,
    fieldName: String,
    elementDefault(index, out, context) {
      const given = defaults?.[index];
      if (given !== undefined) append(out, given);
      else if (type.defaultValue === undefined) throw new NgError("EOPNOTSUPP");
      else type.defaultValue(out, context);
    },
  };
  return {
    label,
    align: type.align,
    parse: (text, cursor, out) => parseComposite(composite, text, cursor, out),
    unparse: (data, cursor, context) => unparseComposite(composite, data, cursor, context),
    defaultValue: (out, context) => defaultComposite(composite, out, context),
  };
}

/** @param length number of elements, or where it is to be found. */
function arrayType<T>(text: TextType, type: ParseType<T>, length: number | LengthOf): ParseType<T[]> {
  const open = typeof length !== "number";
  const lengthOf: LengthOf = open ? length : () => length;
  return typeOf<T[]>(text, {
    open,
    get(input) {
      const { data, start } = input;
      const count = lengthOf(data, start, data.length);
      // Every element has a byte at least: a length from outside is not taken at its word.
      if (count > data.length - input.at) throw new NgError("EINVAL");
      return Array.from({ length: count }, () => type.get(input));
    },
    put(value, output) {
      if (value.length !== lengthOf(output.bytes.subarray(0, output.length), output.start, value.length)) {
        throw new RangeError(`${text.label}: ${value.length} elements are not as many as the message says`);
      }
      for (const element of value) type.put(element, output);
    },
  });
}

/** `count` elements; `defaults` are the bytes of every element's default where they differ from the type's. */
export function fixedArray<T>(count: number, type: ParseType<T>, defaults?: readonly Uint8Array[]): ParseType<T[]> {
  return arrayType(
    arrayText(`${type.label}[${count}]`, type, () => count, defaults),
    type,
    count,
  );
}

/** As many elements as `lengthOf` says. */
export function variableArray<T>(type: ParseType<T>, lengthOf: LengthOf): ParseType<T[]> {
  return arrayType(arrayText(`${type.label}[]`, type, lengthOf), type, lengthOf);
}

/** Bytes: `[ 1 2 … ]` or a quoted string, zero-padded; printed as hexadecimal numbers. A string too long is E2BIG. */
export function byteArray(length: number | LengthOf): ParseType<Uint8Array> {
  const open = typeof length !== "number";
  const lengthOf: LengthOf = open ? length : () => length;
  const numbers = arrayText(open ? "bytes[]" : `bytes[${length}]`, hint8, lengthOf);
  const text: TextType = {
    ...numbers,
    parse(text, cursor, out) {
      const token = nextToken(text, cursor.at);
      if (token.kind === "error") throw new NgError("EINVAL");
      if (token.kind !== "string") {
        numbers.parse(text, cursor, out);
        return;
      }
      const size = lengthOf(out.bytes, out.start, out.messageLength);
      const { bytes } = parseString(text, cursor);
      if (bytes.length > size) throw new NgError("E2BIG");
      append(out, bytes);
      appendZeros(out, size - bytes.length);
    },
  };
  return typeOf(text, {
    open,
    get(input) {
      const { data } = input;
      const size = lengthOf(data, input.start, data.length);
      const at = input.take(size);
      return data.slice(at, at + size);
    },
    put(value, output) {
      if (open) {
        output.put(value);
        return;
      }
      if (value.length > length) throw new NgError("E2BIG");
      const at = output.take(length);
      output.bytes.set(value, at);
    },
  });
}
