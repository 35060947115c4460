import {
  EXTRA_ROW_BYTES,
  EXTRA_ROW_VALUES,
  EXTRA_SHARE_BYTES,
  EXTRA_SHARE_VALUES,
  type ExtraElement,
} from "./extra-element.ts";

/** Elements above this are forgotten when the fields are cleared, so that templates cannot add them without end. */
const ELEMENTS_KEPT = 4096;
/** Elements have numbers of 16 bits. */
const ELEMENTS_MAX = 65_536;
/** Memory begins with room for so many values, and doubles. */
const FIRST_VALUES = 1024;

/**
 * Values of the rows of a batch that no column takes, as the bytes that came: one entry a value, in the order of the
 * rows. Memory grows with use, up to the bounds of the capacity; a batch without such values has none.
 */
export class ExtraFields {
  /** Values in use. */
  count = 0;
  /** Row of each value, ascending. */
  rows = new Uint32Array(0);
  /** Position in `elements` of each value. */
  elementOf = new Uint16Array(0);
  /** End of each value in `bytes`; it starts where the one before ends. */
  ends = new Uint32Array(0);
  bytes = new Uint8Array(0);
  /** Every element that a value may have. */
  readonly elements: ExtraElement[] = [];
  /** Changes when positions in `elements` are given again. */
  generation = 0;
  readonly maxValues: number;
  readonly maxBytes: number;
  readonly #positions = new Map<ExtraElement, number>();
  #row = -1;
  #rowStart = 0;
  #rowFirst = 0;

  constructor(capacity: number) {
    this.maxValues = Math.max(2 * EXTRA_ROW_VALUES, capacity * EXTRA_SHARE_VALUES);
    this.maxBytes = Math.max(2 * 65_536, capacity * EXTRA_SHARE_BYTES);
  }

  /** Bytes in use. */
  get used(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1]!;
  }

  /** Bytes of memory that are held. */
  get memoryBytes(): number {
    return this.bytes.length + 10 * this.rows.length;
  }

  /** The position of an element, which is added if it is new; -1 when there are too many. */
  position(element: ExtraElement): number {
    const known = this.#positions.get(element);
    if (known !== undefined) return known;
    if (this.elements.length === ELEMENTS_MAX) return -1;
    this.#positions.set(element, this.elements.length);
    return this.elements.push(element) - 1;
  }

  /** How many rows of at most so many values and bytes have room. */
  rowsLeft(values: number, bytes: number): number {
    return Math.floor(Math.min((this.maxValues - this.count) / values, (this.maxBytes - this.used) / bytes));
  }

  /**
   * Adds a value to the last row or a later one. False when the row already has too many values, or more than `most`
   * bytes with this one, or the batch has no room: then the value is not kept.
   */
  add(row: number, position: number, b: Uint8Array, offset: number, length: number, most = EXTRA_ROW_BYTES): boolean {
    const { count } = this;
    const start = count === 0 ? 0 : this.ends[count - 1]!;
    if (row !== this.#row) {
      this.#row = row;
      this.#rowStart = start;
      this.#rowFirst = count;
    }
    const end = start + length;
    if (end - this.#rowStart > most || count - this.#rowFirst >= EXTRA_ROW_VALUES || position < 0) return false;
    if (count === this.rows.length || end > this.bytes.length) {
      if (end > this.maxBytes || count >= this.maxValues) return false;
      this.#grow(count + 1, end);
    }
    const { bytes } = this;
    for (let i = start, o = offset; i < end; i++, o++) bytes[i] = b[o]!;
    this.rows[count] = row;
    this.elementOf[count] = position;
    this.ends[count] = end;
    this.count = count + 1;
    return true;
  }

  /**
   * Appends the values of the rows `[first, first + rows)` of another batch as those of the rows from `row` on. Returns
   * how many of these rows have all their values here: those before the first that does not fit. The first one fits
   * where there are no values yet.
   */
  append(from: ExtraFields, first: number, rows: number, row: number): number {
    if (from.count === 0) return rows;
    const begin = from.firstOf(first);
    const start = begin === 0 ? 0 : from.ends[begin - 1]!;
    const positions = new Int32Array(from.elements.length).fill(-1);
    let end = from.firstOf(first + rows);
    if (!this.#hasRoom(from, begin, end)) {
      // The last row that fits with those before it.
      let [fits, not] = [first, first + rows];
      while (not - fits > 1) {
        const middle = (fits + not) >>> 1;
        if (this.#hasRoom(from, begin, from.firstOf(middle))) fits = middle;
        else not = middle;
      }
      end = from.firstOf(fits);
      rows = fits - first;
    }
    for (let i = begin; i < end; i++) {
      const element = from.elementOf[i]!;
      if (positions[element]! >= 0) continue;
      positions[element] = this.position(from.elements[element]!);
      if (positions[element] >= 0) continue;
      // There are too many elements: up to the row before it.
      rows = from.rows[i]! - first;
      end = from.firstOf(from.rows[i]!);
    }
    if (end > begin) this.#copy(from, begin, end, start, row - first, positions);
    return rows;
  }

  /** Whether the values `[begin, end)` of another batch fit here. */
  #hasRoom({ ends }: ExtraFields, begin: number, end: number): boolean {
    if (end === begin) return true;
    const bytes = ends[end - 1]! - (begin === 0 ? 0 : ends[begin - 1]!);
    return this.count + end - begin <= this.maxValues && this.used + bytes <= this.maxBytes;
  }

  /** Copies the values `[begin, end)` of another batch, whose bytes begin at `start`, to rows that are `by` further. */
  #copy(from: ExtraFields, begin: number, end: number, start: number, by: number, positions: Int32Array): void {
    const { count, used } = this;
    const length = from.ends[end - 1]! - start;
    this.#grow(count + end - begin, used + length);
    this.bytes.set(from.bytes.subarray(start, start + length), used);
    const { rows, ends, elementOf } = this;
    for (let i = begin, to = count; i < end; i++, to++) {
      rows[to] = from.rows[i]! + by;
      ends[to] = from.ends[i]! - start + used;
      elementOf[to] = positions[from.elementOf[i]!]!;
    }
    this.count = count + end - begin;
    this.#row = -1;
  }

  /** Position of the first value of a row, or of a later one. */
  firstOf(row: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets the values of the rows from `row` on. */
  truncate(row: number): void {
    this.count = this.firstOf(row);
    this.#row = -1;
  }

  /** Forgets all values. */
  clear(): void {
    this.count = 0;
    this.#row = -1;
    if (this.elements.length <= ELEMENTS_KEPT) return;
    this.elements.length = 0;
    this.#positions.clear();
    this.generation++;
  }

  /** Makes room for so many values and bytes, which are within the bounds. */
  #grow(count: number, bytes: number): void {
    if (count > this.rows.length) {
      const values = Math.min(this.maxValues, Math.max(FIRST_VALUES, 2 * this.rows.length, count));
      this.rows = copyOf(this.rows, new Uint32Array(values));
      this.elementOf = copyOf(this.elementOf, new Uint16Array(values));
      this.ends = copyOf(this.ends, new Uint32Array(values));
    }
    if (bytes > this.bytes.length) {
      const size = Math.min(this.maxBytes, Math.max(4 * FIRST_VALUES, 2 * this.bytes.length, bytes));
      this.bytes = copyOf(this.bytes, new Uint8Array(size));
    }
  }
}

function copyOf<A extends Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(
  from: A,
  to: A,
): A {
  to.set(from);
  return to;
}
