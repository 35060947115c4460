import { NgError } from "../ng-error.ts";
import { uint16 } from "./integer.ts";
import { append, appendZeros } from "./output.ts";
import { bytesOfText, textOfBytes } from "../byte-string.ts";
import type { ParseCursor, ParseType, TextType } from "./parse-type.ts";
import { typeOf } from "./values.ts";
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

const stringText: TextType = {
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

/**
 * A string of any length, zero-terminated. Values are byte strings; one is read from bytes without a zero, too, and
 * what follows a zero is ignored: it is the last thing in a message.
 */
export const string: ParseType<string> = typeOf(stringText, {
  open: true,
  get(input) {
    const at = input.take(1);
    input.at = input.data.length;
    return textOfBytes(input.data, at);
  },
  put(value, output) {
    output.put(bytesOfText(value));
    output.take(1);
  },
});

const sizedStringText: TextType = {
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

/** A string of at most 65535 bytes behind a 16-bit length. */
export const sizedString: ParseType<string> = typeOf(sizedStringText, {
  open: true,
  get(input) {
    const size = uint16.get(input);
    const at = input.take(size);
    return textOfBytes(input.data, at, at + size, false);
  },
  put(value, output) {
    const bytes = bytesOfText(value);
    uint16.put(bytes.length, output);
    output.put(bytes);
  },
});

/** A string in a buffer of `size` bytes, so of at most `size - 1`, padded with zero bytes. Longer: E2BIG. */
export function fixedString(size: number, label = `string[${size}]`): ParseType<string> {
  const text: TextType = {
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
  return typeOf(text, {
    get(input) {
      const at = input.take(size);
      return textOfBytes(input.data, at, at + size);
    },
    put(value, output) {
      const bytes = bytesOfText(value);
      if (bytes.length > size) throw new NgError("E2BIG");
      const at = output.take(size);
      output.bytes.set(bytes, at);
    },
  });
}

/** Buffer sizes of names, terminating zero included (reference: netgraph.md §1). */
export const NAME_BYTES = 32;
/** Buffer size of a path, terminating zero included (reference: netgraph.md §1). */
export const PATH_BYTES = 512;

/** The name of a hook: 32 bytes, padded with zeros. */
export const hookString: ParseType<string> = fixedString(NAME_BYTES, "hook");
/** The name of a node: 32 bytes, padded with zeros. */
export const nodeString: ParseType<string> = fixedString(NAME_BYTES, "node");
/** The name of a node type: 32 bytes, padded with zeros. */
export const typeString: ParseType<string> = fixedString(NAME_BYTES, "type");
/** A path or an address of a node: 512 bytes, padded with zeros. */
export const pathString: ParseType<string> = fixedString(PATH_BYTES, "path");
