import { NgError } from "../ng-error.ts";
import { saturateUnsigned, parseNumber } from "./number.ts";
import { appendZeros, contextOf, CONVERSION_BYTES } from "./output.ts";
import type { ParseCursor, ParseOutput, TextType, UnparseContext } from "./parse-type.ts";
import { nextToken, skipSpace, skipValue } from "./token.ts";
import { alignUp } from "./value-bytes.ts";

/** What structs and arrays share: numbered elements of known types with defaults. */
export interface Composite {
  readonly kind: "struct" | "array";
  readonly align: number;
  /** Number of elements, given the data that is already there. */
  count(data: Uint8Array, start: number, messageLength: number): number;
  type(index: number): TextType;
  /** Name of a struct's field. */
  fieldName(index: number): string;
  /** Appends the default of one element. @throws NgError EOPNOTSUPP where there is none. */
  elementDefault(index: number, out: ParseOutput, context: UnparseContext): void;
}

const ULONG_MAX = (1n << 64n) - 1n;

function padTo(out: ParseOutput, origin: number, align: number): void {
  const extra = (out.length - origin) % align;
  if (extra !== 0) appendZeros(out, align - extra);
}

/**
 * Position of every element's value in the text, undefined where the element is not mentioned; ends behind the closer.
 */
function findValues(composite: Composite, count: number, text: string, cursor: ParseCursor): (number | undefined)[] {
  const struct = composite.kind === "struct";
  const values: (number | undefined)[] = [];
  let nextIndex = 0;
  const opener = nextToken(text, cursor.at);
  if (opener.kind !== (struct ? "{" : "[")) throw new NgError("EINVAL");
  cursor.at = opener.at + 1;
  for (;;) {
    const token = nextToken(text, cursor.at);
    cursor.at = token.at;
    if (token.kind === (struct ? "}" : "]")) {
      cursor.at++;
      return values;
    }
    let index: number;
    if (struct) {
      index = fieldIndex(composite, count, text, cursor);
    } else if (token.kind === "{" || token.kind === "[") {
      index = nextIndex++;
    } else {
      if (token.kind !== "word") throw new NgError("EINVAL");
      const equals = nextToken(text, token.at + token.length);
      if (equals.kind === "=") {
        const { value, end } = parseNumber(text, token.at, 0);
        const long = saturateUnsigned(value);
        if (long === ULONG_MAX || end - token.at !== token.length) throw new NgError("EINVAL");
        index = Number(BigInt.asUintN(32, long));
        nextIndex = index + 1;
        // The blanks before the equals sign are not counted, so `2 = 7` goes wrong as in the original.
        cursor.at += token.length + equals.length;
      } else index = nextIndex++;
    }
    if (index >= count) throw new NgError("E2BIG");
    if (values[index] !== undefined) throw new NgError("EALREADY");
    cursor.at = skipSpace(text, cursor.at);
    values[index] = cursor.at;
    cursor.at += skipValue(text, cursor.at);
  }
}

/** Reads `name =` of a struct field. */
function fieldIndex(composite: Composite, count: number, text: string, cursor: ParseCursor): number {
  const name = nextToken(text, cursor.at);
  if (name.kind !== "word") throw new NgError("EINVAL");
  const word = text.slice(name.at, name.at + name.length);
  let index = 0;
  while (index < count && composite.fieldName(index) !== word) index++;
  if (index === count) throw new NgError("ENOENT");
  const equals = nextToken(text, name.at + name.length);
  if (equals.kind !== "=") throw new NgError("EINVAL");
  cursor.at = equals.at + 1;
  return index;
}

/** Parses a struct or array: positions first, then values in order, so name errors win over value errors. */
export function parseComposite(composite: Composite, text: string, cursor: ParseCursor, out: ParseOutput): void {
  const count = composite.count(out.bytes, out.start, out.messageLength);
  const values = findValues(composite, count, text, cursor);
  const origin = out.length;
  const outer = out.start;
  if (composite.kind === "struct") out.start = origin;
  for (let index = 0; index < count; index++) {
    const type = composite.type(index);
    padTo(out, origin, type.align);
    const at = values[index];
    if (at === undefined) composite.elementDefault(index, out, contextOf(out));
    else {
      cursor.at = at;
      type.parse(text, cursor, out);
    }
  }
  padTo(out, origin, composite.align);
  out.start = outer;
}

/** Prints a struct or array; elements equal to their default are left out (reference: netgraph.md §6.6). */
export function unparseComposite(
  composite: Composite,
  data: Uint8Array,
  cursor: ParseCursor,
  context: UnparseContext,
): string {
  const struct = composite.kind === "struct";
  const origin = cursor.at;
  const { messageLength } = context;
  const start = struct ? origin : context.start;
  const count = composite.count(data, start, messageLength);
  let text = "";
  let nextIndex = 0;
  for (let index = 0; index < count; index++) {
    const type = composite.type(index);
    cursor.at = alignUp(cursor.at, origin, type.align);
    const element: UnparseContext = { start, at: cursor.at, data, messageLength };
    const skipped = defaultLength(composite, index, element);
    if (skipped !== undefined) {
      cursor.at += skipped;
      continue;
    }
    if (struct) text += ` ${composite.fieldName(index)}=`;
    else text += index === nextIndex ? " " : ` ${index}=`;
    nextIndex = index + 1;
    text += type.unparse(data, cursor, element);
  }
  cursor.at = alignUp(cursor.at, origin, composite.align);
  if (text !== "") text += " ";
  return struct ? `{${text}}` : `[${text}]`;
}

// Defaults are built here to be compared. Building one never prints another value, so one buffer is enough.
const scratch = new Uint8Array(CONVERSION_BYTES);

/** Bytes of the element at `context.at` when they are its default, undefined otherwise. */
function defaultLength(composite: Composite, index: number, context: UnparseContext): number | undefined {
  const expected: ParseOutput = { start: 0, bytes: scratch, length: 0, messageLength: context.messageLength };
  try {
    composite.elementDefault(index, expected, context);
  } catch (error) {
    if (error instanceof NgError) return undefined;
    throw error;
  }
  const { at, data } = context;
  if (at + expected.length > data.length) return undefined;
  for (let i = 0; i < expected.length; i++) if (data[at + i] !== expected.bytes[i]) return undefined;
  return expected.length;
}

/** Appends the default of a whole struct or array. */
export function defaultComposite(composite: Composite, out: ParseOutput, context: UnparseContext): void {
  const origin = out.length;
  const start = composite.kind === "struct" ? context.at : context.start;
  const count = composite.count(context.data, start, context.messageLength);
  for (let index = 0; index < count; index++) {
    padTo(out, origin, composite.type(index).align);
    const at = context.at + out.length - origin;
    composite.elementDefault(index, out, { start, at, data: context.data, messageLength: context.messageLength });
  }
  padTo(out, origin, composite.align);
}
