import fc from "fast-check";
import { expect, it } from "vitest";
import { BlockMemory } from "./block-memory.ts";
import { ipDictionary } from "./ip-dictionary.ts";

/** The addresses that a dictionary stands for. */
function expanded(bytes: Uint8Array): Uint8Array | undefined {
  const few = ipDictionary(bytes, new BlockMemory());
  if (few === undefined) return undefined;
  const out = new Uint8Array(bytes.length);
  for (const [row, number] of few.numbers.entries()) {
    expect(16 * number).toBeLessThan(few.values.length);
    out.set(few.values.subarray(16 * number, 16 * number + 16), 16 * row);
  }
  return out;
}

it("stands for the addresses of the column, of whatever bytes", () => {
  const word = fc.oneof(fc.constantFrom(0, 1, 0xffff_0000, 0xffff_ffff), fc.nat(0xffff_ffff));
  const address = fc.tuple(word, word, word, word);
  fc.assert(
    fc.property(
      fc.array(address, { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(), { maxLength: 300 }),
      (few, picks) => {
        const words = Uint32Array.from(picks.flatMap((pick) => few[pick % few.length]!));
        const bytes = new Uint8Array(words.buffer);
        expect(expanded(bytes)).toEqual(bytes);
      },
    ),
  );
});

it("holds 256 different addresses, and is none with 257", () => {
  const column = (different: number): Uint8Array => {
    const words = new Uint32Array(4 * 1000);
    for (let row = 0; row < 1000; row++) words[4 * row + 3] = (row % different) << 24;
    for (let row = 0; row < 1000; row++) words[4 * row] = (row % different) >> 8;
    return new Uint8Array(words.buffer);
  };
  expect(expanded(column(256))).toEqual(column(256));
  expect(ipDictionary(column(257), new BlockMemory())).toBeUndefined();
  const odd = new Uint8Array(new ArrayBuffer(33), 1, 32);
  expect(ipDictionary(odd, new BlockMemory())).toBeUndefined();
});
