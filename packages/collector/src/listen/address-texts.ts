import { formatIp } from "@ngflow/base";

/** Places of the table: 2^PLACE_BITS, many, as two addresses of one place are made into text again and again. */
const PLACE_BITS = 14;
const PLACES = 2 ** PLACE_BITS;

/** Text of source addresses. The text of an address that was seen lately is not made again. */
export class AddressTexts {
  readonly #words = new Uint32Array(4 * PLACES);
  readonly #texts: string[] = Array.from({ length: PLACES }, () => "");
  readonly #one = new Uint32Array(4);
  readonly #bytes = new Uint8Array(this.#one.buffer);

  /** Text of the address in four words at `at`: dotted for IPv4 (::ffff:a.b.c.d). */
  of(words: Uint32Array, at: number): string {
    const a = words[at]!;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    const h = Math.imul(a ^ Math.imul(b, 31) ^ Math.imul(c, 961) ^ d, 0x9e37_79b1);
    const place = h >>> (32 - PLACE_BITS);
    const known = this.#words;
    const k = 4 * place;
    if (known[k] === a && known[k + 1] === b && known[k + 2] === c && known[k + 3] === d) {
      const text = this.#texts[place]!;
      if (text !== "") return text;
    }
    this.#one.set([a, b, c, d]);
    known.set(this.#one, k);
    return (this.#texts[place] = formatIp(this.#bytes));
  }
}
