/** A field that no column takes: under which key its values are kept, and how they are printed. */
export interface ExtraElement {
  /** Name of the element, or `PEN.ID` where it has none. */
  readonly key: string;
  /** The value of `length` bytes at `offset` as text, the same that `ngflow decode` prints. */
  readonly text: (bytes: Uint8Array, offset: number, length: number) => string;
}

/** Most bytes of the values of one row, unless a collector sets another number. */
export const EXTRA_ROW_BYTES = 512;
/** Most values of one row. */
export const EXTRA_ROW_VALUES = 64;
/** Bytes and values for which a batch has room, for each row of its capacity. At least one row of the most fits. */
export const EXTRA_SHARE_BYTES = 64;
export const EXTRA_SHARE_VALUES = 8;
