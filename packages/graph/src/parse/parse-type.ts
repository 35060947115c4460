import type { ValueInput, ValueOutput } from "./value-bytes.ts";

/**
 * A type of the ASCII argument language: text to bytes and back (reference: netgraph.md §6). Layout is C's on amd64:
 * little-endian, natural alignment, structs padded to their largest alignment.
 *
 * Text is a byte string: every character stands for one byte (0 to 255), as the kernel sees it.
 */
export interface TextType {
  /** Text of the type for help and reference pages, e.g. `{ iface=uint16 conf=uint32 }`. */
  readonly label: string;
  /** C alignment in bytes. */
  readonly align: number;
  /**
   * Parses `text` from `cursor.at`, appends the bytes to `out` and leaves `cursor.at` where the original does, its
   * miscounts included. @throws NgError as the original does.
   */
  parse(text: string, cursor: ParseCursor, out: ParseOutput): void;
  /** Prints the value at `cursor.at` of `data` and moves the cursor behind it. @throws NgError ERANGE past the end. */
  unparse(data: Uint8Array, cursor: ParseCursor, context: UnparseContext): string;
  /** Appends the bytes of the default value to `out`; undefined where the type has none (Ethernet address). */
  readonly defaultValue?: (out: ParseOutput, context: UnparseContext) => void;
}

/**
 * A type of the argument language whose values a handler takes and returns: text, bytes and value of the same thing.
 */
export interface ParseType<T = unknown> extends TextType {
  /**
   * The length depends on the value or on the message. A struct that ends with such a field has no padding behind it.
   */
  readonly open?: boolean;
  /** The value in all of these bytes. @throws NgError EINVAL when they are more or fewer than the type has. */
  read(bytes: Uint8Array): T;
  write(value: T): Uint8Array;
  /** Reads the value at the input's position. @throws NgError EINVAL when the bytes end before it does. */
  get(input: ValueInput): T;
  /** Appends the bytes of a value. */
  put(value: T, output: ValueOutput): void;
}

/** The values of a type. */
export type ValueOf<P> = P extends ParseType<infer T> ? T : never;

/** The place in the text that is parsed next. */
export interface ParseCursor {
  at: number;
}

/** The conversion buffer with the position at which the enclosing struct begins. */
export interface ParseOutput {
  /** First byte of the struct whose fields are being written, for lengths that an earlier field gives. */
  start: number;
  /** The whole buffer, `CONVERSION_BYTES` long and zero beyond `length`. */
  readonly bytes: Uint8Array;
  /** Bytes written. Grows through `append` only. */
  length: number;
  /** Length of the surrounding message's arguments: while parsing, the text and its terminating zero. */
  readonly messageLength: number;
}

/** Where the value is that becomes text. */
export interface UnparseContext {
  /** Offset of the enclosing struct, for lengths that an earlier field gives. */
  readonly start: number;
  /** Offset of the value itself. */
  readonly at: number;
  readonly data: Uint8Array;
  /** Length of the surrounding message's arguments. */
  readonly messageLength: number;
}

/** Length in elements of a variable array: from the fields before it (`data` from `start`) or from the message. */
export type LengthOf = (data: Uint8Array, start: number, messageLength: number) => number;
