/**
 * A type of the ASCII argument language: text to bytes and back (reference: netgraph.md §6). Layout is C's on amd64:
 * little-endian, natural alignment, structs padded to their largest alignment.
 */
export interface ParseType {
  /** Text of the type for help and reference pages, e.g. `{ iface=uint16 conf=uint32 }`. */
  readonly label: string;
  /** C alignment in bytes. */
  readonly align: number;
  /**
   * Parses `text` from `cursor.at`, writes at `out` (which grows). @throws NgError as the original does.
   */
  parse(text: string, cursor: ParseCursor, out: ParseOutput): void;
  /** Prints the value at `cursor.at` of `data`. */
  unparse(data: Uint8Array, cursor: ParseCursor, context: UnparseContext): string;
  /** Bytes of the default value, appended to `out`; undefined where the type has none (Ethernet address). */
  readonly defaultValue?: (out: ParseOutput, context: UnparseContext) => void;
}

export interface ParseCursor {
  at: number;
}

/** Growing byte buffer with the position at which the value's struct began. */
export interface ParseOutput {
  readonly start: number;
  bytes: Uint8Array;
  length: number;
}

export interface UnparseContext {
  /** Offset of the enclosing struct, for lengths that an earlier field gives. */
  readonly start: number;
  readonly data: Uint8Array;
}
