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

/** Layouts that are kept: all are forgotten when there are more, so that no sender can have millions of them kept. */
const LAYOUTS_MAX = 1024;
/** Layouts that one datagram may add with all of its groups. Records that need more have the essential groups only. */
const NEW_LAYOUTS_MAX = 32;
/** Records that the buffer has room for. */
const RECORDS = 8;

/**
 * Arranges records in a buffer and hands them on, neighbours of the same layout in one call. The layout of a set of
 * groups is the same object every time, until it is forgotten.
 */
export class ArrangedRecords {
  readonly #common: readonly Group[];
  readonly #rare: readonly Group[];
  readonly #essential: number;
  readonly #layouts = new Map<number, Template>();
  /** Layouts that the datagram may still add. */
  #mayAdd = NEW_LAYOUTS_MAX;
  readonly #buffer: Uint8Array;
  readonly #full: number;
  #present = -1;
  #extras = -1;
  /** The groups that the layout has: all, or the essential ones. */
  #writtenCommon = 0;
  #writtenRare = 0;
  #layout: Template | undefined;
  #end = 0;

  /**
   * @param common at most 28 groups
   * @param rare at most 24 groups
   * @param essential bits of the common groups that are never left out; few sets of them can occur
   * @param recordBytes most bytes of a record
   */
  constructor(common: readonly Group[], rare: readonly Group[], essential: number, recordBytes: number) {
    this.#common = common;
    this.#rare = rare;
    this.#essential = essential;
    this.#buffer = new Uint8Array(RECORDS * recordBytes);
    this.#full = (RECORDS - 1) * recordBytes;
  }

  /** Begins a datagram: what an error has left of the one before is dropped. */
  begin(): void {
    this.#end = 0;
    this.#present = -1;
    this.#mayAdd = NEW_LAYOUTS_MAX;
  }

  /** Adds a record of the common groups whose bits are in `present` and the rare ones in `extras`. */
  add(bytes: Uint8Array, present: number, extras: number, take: TakeRecords): void {
    if (present !== this.#present || extras !== this.#extras || this.#end > this.#full) {
      this.flush(take);
      this.#choose(present, extras);
    }
    this.#write(this.#common, this.#writtenCommon, bytes);
    this.#write(this.#rare, this.#writtenRare, bytes);
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

  #choose(present: number, extras: number): void {
    this.#present = present;
    this.#extras = extras;
    this.#writtenCommon = present;
    this.#writtenRare = extras;
    this.#layout = this.#layouts.get(keyOf(present, extras));
    if (this.#layout !== undefined) return;
    if (this.#mayAdd > 0) this.#mayAdd--;
    else {
      this.#writtenCommon = present & this.#essential;
      this.#writtenRare = 0;
      this.#layout = this.#layouts.get(keyOf(this.#writtenCommon, 0));
    }
    this.#layout ??= this.#add();
  }

  #add(): Template {
    const fields = [...fieldsOf(this.#common, this.#writtenCommon), ...fieldsOf(this.#rare, this.#writtenRare)];
    const layout = newTemplate(0, fields);
    if (this.#layouts.size >= LAYOUTS_MAX) this.#layouts.clear();
    this.#layouts.set(keyOf(this.#writtenCommon, this.#writtenRare), layout);
    return layout;
  }
}

function keyOf(common: number, rare: number): number {
  return common + rare * 2 ** 28;
}

function fieldsOf(groups: readonly Group[], bits: number): readonly FieldSpecifier[] {
  return groups.flatMap(({ fields }, position) => (((bits >>> position) & 1) === 1 ? fields : []));
}
