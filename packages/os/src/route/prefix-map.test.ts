import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrefixMap } from "./prefix-map.ts";

interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly value: number;
}

/** The first `length` bits as text. */
function bits(bytes: Uint8Array, length: number): string {
  return [...bytes]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("")
    .slice(0, length);
}

/** The definition: of all prefixes that the address begins with, the longest, and of that the value given last. */
function naive(prefixes: readonly Prefix[], address: Uint8Array): [value: number, length: number] {
  let best: [number, number] = [-1, -1];
  for (const { bytes, length, value } of prefixes) {
    if (length >= best[1] && bits(address, length) === bits(bytes, length)) best = [value, length];
  }
  return best;
}

/** Addresses that differ in few places, so that prefixes cover and nearly cover each other. */
function addresses(size: number): fc.Arbitrary<Uint8Array> {
  const byte = fc.constantFrom(0, 0, 0, 1, 0x80, 0xff);
  return fc
    .oneof(fc.array(byte, { minLength: size, maxLength: size }), fc.uint8Array({ minLength: size, maxLength: size }))
    .map((bytes) => Uint8Array.from(bytes));
}

describe("PrefixMap", () => {
  it.each([
    [4, "small", 40],
    [4, "large", 5000],
    [6, "small", 40],
  ] as const)("IPv%i, %s: the longest prefix of a naive search", (family, _size, capacity) => {
    const size = family === 4 ? 4 : 16;
    const prefix = fc.record({
      bytes: addresses(size),
      length: fc.nat(8 * size),
      value: fc.oneof(fc.nat(3), fc.constant(0xffff_ffff)),
    });
    fc.assert(
      fc.property(
        fc.array(prefix, { maxLength: 40 }),
        fc.array(addresses(size), { maxLength: 20 }),
        (prefixes, lookups) => {
          const map = new PrefixMap(family, capacity);
          for (const { bytes, length, value } of prefixes) expect(map.set(bytes, 0, length, value)).toBe(true);
          expect(map.size).toBe(new Set(prefixes.map((p) => bits(p.bytes, p.length))).size);
          for (const address of [...lookups, ...prefixes.map((p) => p.bytes)]) {
            // At an offset, with bytes around it that are not the address's.
            const around = new Uint8Array(size + 8).fill(0xa5);
            around.set(address, 3);
            const [value, length] = naive(prefixes, address);
            expect(map.find(around, 3)).toBe(value);
            if (value >= 0) expect(map.foundLength).toBe(length);
          }
          for (const { bytes, length } of prefixes) {
            const same = prefixes.filter((p) => bits(p.bytes, p.length) === bits(bytes, length));
            expect(map.get(bytes, 0, length)).toBe(same.at(-1)!.value);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("takes as many prefixes as it has room for, and counts the others", () => {
    const map = new PrefixMap(4, 100);
    const prefix = (i: number): Uint8Array => Uint8Array.of(10, 0, i, 0);
    for (let i = 0; i < 150; i++) expect(map.set(prefix(i), 0, 24, i)).toBe(i < 100);
    expect([map.size, map.refused]).toEqual([100, 50]);
    expect(map.set(prefix(7), 0, 24, 70)).toBe(true);
    expect([7, 99, 100].map((i) => map.find(prefix(i), 0))).toEqual([70, 99, -1]);
  });

  it("finds nothing in a map without room", () => {
    const map = new PrefixMap(6, 0);
    expect([map.set(new Uint8Array(16), 0, 0, 1), map.find(new Uint8Array(16), 0)]).toEqual([false, -1]);
  });

  it("holds a hundred thousand prefixes apart", () => {
    const map = new PrefixMap(4, 100_000);
    const at = new Uint8Array(4);
    const load = (i: number): Uint8Array => {
      new DataView(at.buffer).setUint32(0, Math.imul(i, 2654435761));
      return at;
    };
    for (let i = 0; i < 100_000; i++) map.set(load(i), 0, 32, i);
    let wrong = 0;
    for (let i = 0; i < 100_000; i++) if (map.find(load(i), 0) !== i) wrong++;
    expect([map.size, wrong]).toEqual([100_000, 0]);
  });
});
