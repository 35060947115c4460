/** Offsets in a row of `words`. */
export const REVERSE_PACKETS = 0;
export const REVERSE_FLAGS = 1;
/** Observation number of the first packet; the key has the slot there. */
export const CONTEXT = 2;
/** 1: the first packet's source is the key's destination. */
export const SWAPPED = 3;
/** Offsets in a row of `doubles`. */
export const REVERSE_BYTES = 0;
export const REVERSE_FIRST = 1;
export const REVERSE_LAST = 2;
/** Last packet of the forward direction; the record itself has that of both. */
export const FORWARD_LAST = 3;

/** The reverse direction of every flow of a table: only there when biflows are chosen. */
export class ReverseColumn {
  readonly words: Int32Array;
  readonly doubles: Float64Array;

  constructor(maxRecords: number) {
    this.words = new Int32Array(4 * (maxRecords + 1));
    this.doubles = new Float64Array(4 * (maxRecords + 1));
  }

  /** Moves the times of a record; 0 is none. */
  shiftTimes(id: number, byUs: number): void {
    for (const field of [REVERSE_FIRST, REVERSE_LAST, FORWARD_LAST]) {
      if (this.doubles[4 * id + field] !== 0) this.doubles[4 * id + field]! += byUs;
    }
  }
}
