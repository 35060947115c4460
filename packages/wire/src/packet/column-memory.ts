/** Allocates columns: arrays of the given number of zeros. */
export interface ColumnMemory {
  bytes(length: number): Uint8Array;
  int8(length: number): Int8Array;
  int32(length: number): Int32Array;
  uint32(length: number): Uint32Array;
}

/** Separate arrays. */
export const NEW_ARRAYS: ColumnMemory = {
  bytes: (length) => new Uint8Array(length),
  int8: (length) => new Int8Array(length),
  int32: (length) => new Int32Array(length),
  uint32: (length) => new Uint32Array(length),
};
