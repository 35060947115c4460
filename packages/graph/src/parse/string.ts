import { NgError } from "../ng-error.ts";
import { append, appendZeros } from "./output.ts";
import type { ParseCursor, ParseType } from "./parse-type.ts";
import { type ParsedString, readString, skipSpace } from "./token.ts";

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x09, "\\t"],
  [0x0c, "\\f"],
  [0x0a, "\\n"],
  [0x0d, "\\r"],
  [0x0b, "\\v"],
  [0x22, '\\"'],
  [0x5c, "\\\\"],
]);

/** Quotes bytes for output (reference: netgraph.md §6.4). */
export function quoteBytes(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    const escape = ESCAPES.get(byte);
    if (escape !== undefined) text += escape;
    else if (byte < 0x20 || byte > 0x7e) text += `\\x${byte.toString(16).padStart(2, "0")}`;
    else text += String.fromCharCode(byte);
  }
  return `${text}"`;
}

/** Reads a quoted string and moves the cursor by the original's count. @throws NgError EINVAL. */
export function parseString(text: string, cursor: ParseCursor): ParsedString {
  const at = skipSpace(text, cursor.at);
  const string = text[at] === '"' ? readString(text, at) : undefined;
  if (string === undefined) throw new NgError("EINVAL");
  cursor.at = at + string.length;
  return string;
}

/** Bytes from `at` up to a zero byte or `limit`. */
function untilZero(data: Uint8Array, at: number, limit: number): Uint8Array {
  const end = data.indexOf(0, at);
  return data.subarray(at, end === -1 || end > limit ? limit : end);
}

/** A string of any length, zero-terminated. */
export const string: ParseType = {
  label: "string",
  align: 1,
  parse(text, cursor, out) {
    append(out, parseString(text, cursor).bytes);
    appendZeros(out, 1);
  },
  unparse(data, cursor) {
    const bytes = untilZero(data, cursor.at, data.length);
    cursor.at += bytes.length + 1;
    return quoteBytes(bytes);
  },
  defaultValue: (out) => appendZeros(out, 1),
};

/** A string of at most 65535 bytes behind a 16-bit length. */
export const sizedString: ParseType = {
  label: "sizedstring",
  align: 1,
  parse(text, cursor, out) {
    const { bytes } = parseString(text, cursor);
    if (bytes.length > 0xffff) throw new NgError("EINVAL");
    append(out, [bytes.length & 0xff, bytes.length >>> 8]);
    append(out, bytes);
  },
  unparse(data, cursor) {
    const at = cursor.at;
    if (at + 2 > data.length) throw new NgError("ERANGE");
    const end = at + 2 + (data[at]! | (data[at + 1]! << 8));
    if (end > data.length) throw new NgError("ERANGE");
    cursor.at = end;
    return quoteBytes(data.subarray(at + 2, end));
  },
  defaultValue: (out) => appendZeros(out, 2),
};

/** A string in a buffer of `size` bytes, so of at most `size - 1`, padded with zero bytes. Longer: E2BIG. */
export function fixedString(size: number, label = `string[${size}]`): ParseType {
  return {
    label,
    align: 1,
    parse(text, cursor, out) {
      const { bytes } = parseString(text, cursor);
      if (bytes.length + 1 > size) throw new NgError("E2BIG");
      append(out, bytes);
      appendZeros(out, size - bytes.length);
    },
    unparse(data, cursor) {
      const at = cursor.at;
      if (at + size > data.length) throw new NgError("ERANGE");
      cursor.at = at + size;
      return quoteBytes(untilZero(data, at, at + size));
    },
    defaultValue: (out) => appendZeros(out, size),
  };
}

/** Buffer sizes of names, terminating zero included (reference: netgraph.md §1). */
export const NAME_BYTES = 32;
export const PATH_BYTES = 512;

export const hookString: ParseType = fixedString(NAME_BYTES, "hook");
export const nodeString: ParseType = fixedString(NAME_BYTES, "node");
export const typeString: ParseType = fixedString(NAME_BYTES, "type");
export const pathString: ParseType = fixedString(PATH_BYTES, "path");
