import { RangeTable } from "./range-table.ts";

/** Makes a table of ranges that come in order of address. */
export class RangeBuilder {
  #starts4 = new Uint32Array(1024);
  #values4 = new Uint32Array(1024);
  #count4 = 1;
  #starts6 = new Uint32Array(4096);
  #values6 = new Uint32Array(1024);
  #count6 = 1;

  get ranges(): number {
    return this.#count4 + this.#count6;
  }

  /** From this IPv4 address on, the value holds. One that is at the place of the last replaces it. */
  add4(address: number, value: number): void {
    const last = this.#count4 - 1;
    if (this.#starts4[last] === address) this.#values4[last] = value;
    else if (this.#values4[last] !== value) {
      if (this.#count4 === this.#starts4.length) {
        this.#starts4 = grown(this.#starts4);
        this.#values4 = grown(this.#values4);
      }
      this.#starts4[this.#count4] = address;
      this.#values4[this.#count4++] = value;
    }
  }

  /** The same for an IPv6 address, four words, the highest first. */
  add6(a: number, b: number, c: number, d: number, value: number): void {
    const last = this.#count6 - 1;
    const starts = this.#starts6;
    const at = 4 * last;
    if (starts[at] === a && starts[at + 1] === b && starts[at + 2] === c && starts[at + 3] === d)
      this.#values6[last] = value;
    else if (this.#values6[last] !== value) {
      if (this.#count6 === this.#values6.length) {
        this.#starts6 = grown(this.#starts6);
        this.#values6 = grown(this.#values6);
      }
      this.#starts6.set([a, b, c, d], 4 * this.#count6);
      this.#values6[this.#count6++] = value;
    }
  }

  build(): RangeTable {
    return new RangeTable(
      this.#starts4.slice(0, this.#count4),
      this.#values4.slice(0, this.#count4),
      this.#starts6.slice(0, 4 * this.#count6),
      this.#values6.slice(0, this.#count6),
    );
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}
