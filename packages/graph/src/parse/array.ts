import { NgError } from "../ng-error.ts";
import { type Composite, defaultComposite, parseComposite, unparseComposite } from "./composite.ts";
import { hint8 } from "./integer.ts";
import { append, appendZeros } from "./output.ts";
import type { LengthOf, ParseType } from "./parse-type.ts";
import { parseString } from "./string.ts";
import { nextToken } from "./token.ts";

function arrayType(label: string, type: ParseType, count: LengthOf, defaults?: readonly Uint8Array[]): ParseType {
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

/** `count` elements; `defaults` are the bytes of every element's default where they differ from the type's. */
export function fixedArray(count: number, type: ParseType, defaults?: readonly Uint8Array[]): ParseType {
  return arrayType(`${type.label}[${count}]`, type, () => count, defaults);
}

/** As many elements as `lengthOf` says. */
export function variableArray(type: ParseType, lengthOf: LengthOf): ParseType {
  return arrayType(`${type.label}[]`, type, lengthOf);
}

/** Bytes: `[ 1 2 … ]` or a quoted string, zero-padded; printed as hexadecimal numbers. A string too long is E2BIG. */
export function byteArray(length: number | LengthOf): ParseType {
  const lengthOf: LengthOf = typeof length === "number" ? () => length : length;
  const numbers = arrayType(typeof length === "number" ? `bytes[${length}]` : "bytes[]", hint8, lengthOf);
  return {
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
}
