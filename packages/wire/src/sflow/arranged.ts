import { type FieldSpecifier, newTemplate, type Template } from "../template/template.ts";

/**
 * A part that a record has or has not, as a whole: fields, and how their values get from the datagram into the record.
 * The position of a group in its table is its bit.
 */
export interface Group {
  readonly fields: readonly FieldSpecifier[];
  /** Writes the values at `at` of `out`, in the order of the fields. Returns the offset after them. */
  readonly write: (bytes: Uint8Array, out: Uint8Array, at: number) => number;
}

/** Receives whole records of a layout in `bytes[start, end)`. */
export type TakeRecords = (layout: Template, bytes: Uint8Array, start: number, end: number) => void;

/** Layouts with rare groups are made up to this number, so that no sender can have all of them made. */
const RARE_LAYOUTS_MAX = 256;
/** Records that the buffer has room for. */
const RECORDS = 8;

/**
 * Arranges records in a buffer and hands them on, neighbours of the same layout in one call. The layout of a set of
 * groups is the same object every time.
 */
export class ArrangedRecords {
  readonly #common: readonly Group[];
  readonly #rare: readonly Group[];
  readonly #layouts = new Map<number, Template>();
  #rareLayouts = 0;
  readonly #buffer: Uint8Array;
  readonly #full: number;
  #present = -1;
  #extras = -1;
  /** The rare groups that the layout has: all of `#extras`, or none. */
  #written = 0;
  #layout: Template | undefined;
  #end = 0;

  /**
   * @param common at most 28 groups
   * @param rare at most 24 groups; they are left out of a record when there are too many layouts with them
   * @param recordBytes most bytes of a record
   */
  constructor(common: readonly Group[], rare: readonly Group[], recordBytes: number) {
    this.#common = common;
    this.#rare = rare;
    this.#buffer = new Uint8Array(RECORDS * recordBytes);
    this.#full = (RECORDS - 1) * recordBytes;
  }

  /** Adds a record of the common groups whose bits are in `present` and the rare ones in `extras`. */
  add(bytes: Uint8Array, present: number, extras: number, take: TakeRecords): void {
    if (present !== this.#present || extras !== this.#extras || this.#end > this.#full) {
      this.flush(take);
      this.#begin(present, extras);
    }
    this.#write(this.#common, present, bytes);
    this.#write(this.#rare, this.#written, bytes);
  }

  /** Hands on what is in the buffer. */
  flush(take: TakeRecords): void {
    const end = this.#end;
    this.#end = 0;
    if (end > 0) take(this.#layout!, this.#buffer, 0, end);
  }

  #write(groups: readonly Group[], bits: number, bytes: Uint8Array): void {
    for (let left = bits; left !== 0; left &= left - 1) {
      this.#end = groups[31 - Math.clz32(left & -left)]!.write(bytes, this.#buffer, this.#end);
    }
  }

  #begin(present: number, extras: number): void {
    this.#present = present;
    this.#extras = extras;
    const known = this.#layouts.has(present + extras * 2 ** 28);
    this.#written = known || extras === 0 || this.#rareLayouts < RARE_LAYOUTS_MAX ? extras : 0;
    const key = present + this.#written * 2 ** 28;
    this.#layout = this.#layouts.get(key);
    if (this.#layout !== undefined) return;
    if (this.#written !== 0) this.#rareLayouts++;
    this.#layout = newTemplate(0, [...fieldsOf(this.#common, present), ...fieldsOf(this.#rare, this.#written)]);
    this.#layouts.set(key, this.#layout);
  }
}

function fieldsOf(groups: readonly Group[], bits: number): readonly FieldSpecifier[] {
  return groups.flatMap(({ fields }, position) => (((bits >>> position) & 1) === 1 ? fields : []));
}
