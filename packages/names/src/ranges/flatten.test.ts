import { formatIp, isMappedIpv4, parseIp, u32be } from "@ngflow/base";
import { assert, integer, property, array, record, boolean, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrefix } from "../networks/read-networks.ts";
import { flatten, type ValuedPrefix } from "./flatten.ts";
import type { RangeTable } from "./range-table.ts";

function find(table: RangeTable, address: Uint8Array): number {
  const word = (i: number): number => u32be(address, 4 * i);
  return isMappedIpv4(address) ? table.find4(word(3)) : table.find6(word(0), word(1), word(2), word(3));
}

const prefix = (text: string, value: number): ValuedPrefix => {
  const parsed = parsePrefix(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return { ...parsed, value };
};

const isIn = (address: Uint8Array, { bytes, length }: ValuedPrefix): boolean => {
  if (isMappedIpv4(bytes) && length >= 96 ? !isMappedIpv4(address) : isMappedIpv4(address)) return false;
  for (let bit = 0; bit < length; bit++)
    if (((address[bit >> 3]! ^ bytes[bit >> 3]!) & (128 >> (bit & 7))) !== 0) return false;
  return true;
};

/** The definition: the longest prefix that has the address, the last of equal ones. */
function oracle(prefixes: readonly ValuedPrefix[], address: Uint8Array): number {
  let best: ValuedPrefix | undefined;
  for (const each of prefixes) if (isIn(address, each) && each.length >= (best?.length ?? 0)) best = each;
  return best?.value ?? 0;
}

describe("prefixes as ranges", () => {
  it("find the longest prefix, up to the last address", () => {
    const table = flatten([
      prefix("0.0.0.0/0", 1),
      prefix("10.0.0.0/8", 2),
      prefix("10.1.0.0/16", 3),
      prefix("10.1.255.255", 4),
      prefix("255.255.255.255", 5),
      prefix("2001:db8::/32", 6),
      prefix("::/0", 7),
    ]);
    const found = [
      "9.9.9.9",
      "10.0.0.1",
      "10.1.2.3",
      "10.1.255.255",
      "10.2.0.0",
      "255.255.255.255",
      "255.255.255.254",
      "2001:db8::1",
      "2001:db9::",
    ];
    expect(found.map((text) => find(table, parseIp(text)!))).toStrictEqual([1, 2, 3, 4, 2, 5, 1, 6, 7]);
  });

  it("find what the definition finds", () => {
    const one = record({
      isV4: boolean(),
      bytes: uint8Array({ minLength: 16, maxLength: 16 }),
      length: integer({ min: 0, max: 128 }),
    });
    assert(
      property(array(one, { maxLength: 30 }), array(one, { maxLength: 20 }), (made, asked) => {
        const prefixes = made.map(({ isV4, bytes, length }, i) => {
          const whole = isV4 ? 96 + (length % 33) : length;
          const masked = Uint8Array.from(bytes, (byte, at) => byte & (at % 3 === 0 ? 0xff : 0x03));
          if (isV4) masked.set(parseIp("0.0.0.0")!.subarray(0, 12));
          for (let bit = whole; bit < 128; bit++) masked[bit >> 3]! &= ~(128 >> (bit & 7));
          return { bytes: masked, length: whole, value: i + 1 };
        });
        const table = flatten(prefixes);
        const near = prefixes.flatMap(({ bytes, length }) => {
          const last = Uint8Array.from(bytes);
          for (let bit = length; bit < 128; bit++) last[bit >> 3]! |= 128 >> (bit & 7);
          return [bytes, last];
        });
        for (const address of [...near, ...asked.map(({ bytes }) => bytes)])
          expect([formatIp(address), find(table, address)]).toStrictEqual([
            formatIp(address),
            oracle(prefixes, address),
          ]);
      }),
      { numRuns: 200 },
    );
  });
});
