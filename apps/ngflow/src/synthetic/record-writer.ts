import type { TemplateField } from "@ngflow/wire/encode";
import { AT, ELEMENT_VALUES } from "./values.ts";

/** Length of a field of variable length (RFC 7011 section 7). */
const VARIABLE = 65_535;

/** What a field holds if it is not the value of its element: a text, padded with zeros, or a number. */
export type Constants = Readonly<Record<string, string | number>>;

/** Writes the records of one template from an array of values. */
export class RecordWriter {
  /** Bytes of a record. */
  readonly bytes: number;
  /** Of each step: the position of its value, or of its bytes in `fixed`, and its length. */
  readonly #positions: Uint32Array;
  readonly #lengths: Uint32Array;
  /** Steps that copy from `fixed`. */
  readonly #copies: Uint8Array;
  readonly #fixed: Uint8Array;
  readonly #steps: number;

  /** @param constants by `ID`, or `PEN.ID` of an enterprise */
  constructor(fields: readonly TemplateField[], constants: Constants = {}) {
    this.#steps = fields.length;
    this.#positions = new Uint32Array(this.#steps);
    this.#lengths = new Uint32Array(this.#steps);
    this.#copies = new Uint8Array(this.#steps);
    const fixed: number[] = [];
    fields.forEach(({ element, length, enterprise }, i) => {
      const constant = constants[enterprise === undefined ? String(element) : `${enterprise}.${element}`];
      const value = enterprise === undefined ? ELEMENT_VALUES[element] : undefined;
      if (constant !== undefined || value === undefined) {
        const bytes = constantBytes(constant ?? "", length);
        this.#copies[i] = 1;
        this.#positions[i] = fixed.length;
        this.#lengths[i] = bytes.length;
        fixed.push(...bytes);
      } else {
        this.#positions[i] = AT[value];
        this.#lengths[i] = length;
      }
    });
    this.#fixed = Uint8Array.from(fixed);
    this.bytes = this.#lengths.reduce((sum, length) => sum + length, 0);
  }

  /** Writes a record at `at`; returns the offset after it. Values are cut to the lengths of their fields. */
  write(view: DataView, bytes: Uint8Array, at: number, values: Float64Array): number {
    let o = at;
    for (let i = 0; i < this.#steps; i++) {
      const position = this.#positions[i]!;
      const length = this.#lengths[i]!;
      if (this.#copies[i] === 1) {
        for (let k = 0; k < length; k++) bytes[o + k] = this.#fixed[position + k]!;
      } else if (length === 4) view.setUint32(o, values[position]!);
      else if (length === 2) view.setUint16(o, values[position]!);
      else if (length === 1) bytes[o] = values[position]!;
      else if (length === 8) {
        const value = values[position]!;
        view.setUint32(o, Math.floor(value / 0x1_0000_0000));
        view.setUint32(o + 4, value % 0x1_0000_0000);
      } else if (length === 16) {
        for (let k = 0; k < 4; k++) view.setUint32(o + 4 * k, values[position + k]!);
      } else if (length === 6) {
        view.setUint16(o, values[position]!);
        view.setUint32(o + 2, values[position + 1]!);
      } else {
        let value = values[position]!;
        for (let k = length - 1; k >= 0; k--) {
          bytes[o + k] = value % 256;
          value = Math.floor(value / 256);
        }
      }
      o += length;
    }
    return o;
  }
}

/** The bytes of a constant field; of variable length with the length before it. */
function constantBytes(constant: string | number, length: number): Uint8Array {
  if (typeof constant === "number") {
    const bytes = new Uint8Array(length);
    let value = constant;
    for (let k = length - 1; k >= 0; k--) {
      bytes[k] = value % 256;
      value = Math.floor(value / 256);
    }
    return bytes;
  }
  const text = new TextEncoder().encode(constant);
  if (length === VARIABLE) return Uint8Array.of(text.length, ...text);
  const bytes = new Uint8Array(length);
  bytes.set(text.subarray(0, length));
  return bytes;
}
