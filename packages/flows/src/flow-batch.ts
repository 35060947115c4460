import { type ColumnKind, KIND_BYTES } from "./column.ts";
import { type ColumnName, COLUMNS } from "./columns.ts";
import { ExtraFields } from "./extra/extra-fields.ts";
import { isZero } from "./narrow.ts";
import { ROW_BYTES } from "./native.ts";

/**
 * Array that holds a kind: u64, ms and mac are two words a row (low, high); ip is 16 bytes a row; that of a map is
 * empty.
 */
export type KindArray<K extends ColumnKind> = K extends "u8" | "ip" | "map"
  ? Uint8Array
  : K extends "u16"
    ? Uint16Array
    : Uint32Array;

type ColumnOf<N extends ColumnName> = Extract<(typeof COLUMNS)[number], { name: N }>;

/** One typed array per column, by column name. */
export type FlowColumns = { readonly [N in ColumnName]: KindArray<ColumnOf<N>["kind"]> };

/**
 * Flow rows as columns. Every array is little-endian memory of fixed width, so a ClickHouse Native block is these
 * arrays with a short header. One writer fills a batch and passes it to a FlowSink, which copies what it keeps before
 * `write` returns. Then the batch is cleared and used again.
 */
export class FlowBatch {
  readonly capacity: number;
  /** Rows in use, 0 to `capacity`. */
  rows = 0;
  readonly columns: FlowColumns;
  /** The same arrays as bytes, in the order of COLUMNS. */
  readonly bytes: readonly Uint8Array[];
  /** The values of column Extra. */
  readonly extra: ExtraFields;
  /** Grows with every `clear`. */
  generation = 0;
  /** By position: 1 for columns that may have a value that is not zero, 0 for those that have none. */
  readonly written: Uint8Array;
  #tracked = false;
  #full = false;
  /** Columns to which only zeros were appended: their memory is not touched. */
  readonly #blank: boolean[];

  /**
   * @param advise is given the memory of all columns, before it is used, where that should be in one piece
   */
  constructor(capacity: number, advise?: (memory: Uint8Array) => void) {
    this.capacity = capacity;
    this.extra = new ExtraFields(capacity);
    const whole = advise === undefined ? undefined : new ArrayBuffer(capacity * ROW_BYTES + COLUMNS.length * ALIGNMENT);
    if (whole !== undefined) advise!(new Uint8Array(whole));
    let end = 0;
    const columns: Record<string, Uint8Array | Uint16Array | Uint32Array> = {};
    const bytes: Uint8Array[] = [];
    for (const column of COLUMNS) {
      const length = capacity * KIND_BYTES[column.kind];
      const piece = whole === undefined ? new Uint8Array(new ArrayBuffer(length)) : new Uint8Array(whole, end, length);
      end = Math.ceil((end + length) / ALIGNMENT) * ALIGNMENT;
      columns[column.name] = arrayOf(column.kind, piece);
      bytes.push(piece);
    }
    this.columns = columns as unknown as FlowColumns;
    this.bytes = bytes;
    this.#blank = bytes.map(() => true);
    this.written = new Uint8Array(bytes.length).fill(1);
  }

  /** From now on the writer says which columns it will write (`willWrite`), in every generation of the batch again. */
  trackWritten(): void {
    this.#tracked = true;
    this.written.fill(0);
  }

  /** Columns that will be written, by position. */
  willWrite(columns: Uint8Array): void {
    for (let i = 0; i < columns.length; i++) this.written[columns[i]!] = 1;
  }

  /** Columns to which `append` added nothing but zeros, by position. Only for a batch that is filled by `append`. */
  get blank(): readonly boolean[] {
    return this.#blank;
  }

  /**
   * Appends rows of another batch, as many as fit, and returns how many that was.
   * `start` is the first row of `batch` to copy, `count` the most to copy.
   */
  append(batch: FlowBatch, start: number, count: number): number {
    if (this.rows === 0) {
      this.extra.clear();
      this.#full = false;
    }
    const most = Math.min(count, this.capacity - this.rows);
    const taken = this.extra.append(batch.extra, start, most, this.rows);
    this.#full = taken < most;
    for (const [i, column] of COLUMNS.entries()) {
      if (this.#blank[i] && batch.written[i] === 0) continue;
      const width = KIND_BYTES[column.kind];
      const values = batch.bytes[i]!.subarray(start * width, (start + taken) * width);
      if (this.#blank[i] && isZero(values)) continue;
      this.#blank[i] = false;
      this.bytes[i]!.set(values, this.rows * width);
    }
    this.rows += taken;
    return taken;
  }

  /** Whether `append` has no room for another row, or had none for the next. */
  get isFull(): boolean {
    return this.#full || this.rows === this.capacity;
  }

  /** Bytes of the rows in use, with the values of column Extra. */
  get usedBytes(): number {
    return this.rows * ROW_BYTES + this.extra.used;
  }

  /** Bytes of memory that are held, in use or not. */
  get memoryBytes(): number {
    return this.capacity * ROW_BYTES + this.extra.memoryBytes;
  }

  /** Forgets all rows and zeroes the memory they used, so that a writer sets only what it knows. */
  clear(): void {
    for (const [i, column] of COLUMNS.entries()) {
      if (this.written[i] !== 0) this.bytes[i]!.fill(0, 0, this.rows * KIND_BYTES[column.kind]);
    }
    if (this.#tracked) this.written.fill(0);
    this.extra.clear();
    this.rows = 0;
    this.generation++;
  }
}

/** Columns begin on such a position. */
const ALIGNMENT = 64;

function arrayOf(
  kind: ColumnKind,
  { buffer, byteOffset, byteLength }: Uint8Array,
): Uint8Array | Uint16Array | Uint32Array {
  if (kind === "u8" || kind === "ip" || kind === "map") return new Uint8Array(buffer, byteOffset, byteLength);
  if (kind === "u16") return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
