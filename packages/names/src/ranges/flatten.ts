import { isMappedIpv4 } from "@ngflow/base";
import { RangeBuilder } from "./range-builder.ts";
import type { RangeTable } from "./range-table.ts";

/** A prefix with a value. `bytes`: 16, IPv4 as ::ffff:a.b.c.d; bits behind `length` of 128 are zero. */
export interface ValuedPrefix {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Above 0. */
  readonly value: number;
}

interface Block {
  readonly start: bigint;
  readonly end: bigint;
  readonly value: number;
}

const ALL_IPV4 = 96;

/** A table in which the longest prefix of an address wins; of equal prefixes, the later one. */
export function flatten(prefixes: readonly ValuedPrefix[]): RangeTable {
  const builder = new RangeBuilder();
  const isV4 = ({ bytes, length }: ValuedPrefix): boolean => length >= ALL_IPV4 && isMappedIpv4(bytes);
  sweep(
    prefixes.filter(isV4).map((prefix) => blockOf(prefix, 32)),
    32,
    (address, value) => builder.add4(Number(address), value),
  );
  sweep(
    prefixes.filter((prefix) => !isV4(prefix)).map((prefix) => blockOf(prefix, 128)),
    128,
    (address, value) => {
      const word = (shift: bigint): number => Number((address >> shift) & 0xffff_ffffn);
      builder.add6(word(96n), word(64n), word(32n), word(0n), value);
    },
  );
  return builder.build();
}

function blockOf({ bytes, length, value }: ValuedPrefix, bits: 32 | 128): Block {
  let start = 0n;
  for (const byte of bytes.subarray(16 - bits / 8)) start = (start << 8n) | BigInt(byte);
  const free = BigInt(128 - length);
  return { start, end: start + (1n << free) - 1n, value };
}

/** Goes through nested blocks in order of address, and tells where which value begins. */
function sweep(blocks: Block[], bits: number, begin: (address: bigint, value: number) => void): void {
  const limit = 1n << BigInt(bits);
  // The longer block of two with one start is inside the other.
  blocks.sort((a, b) => (a.start === b.start ? compare(b.end, a.end) : compare(a.start, b.start)));
  const open: Block[] = [];
  const close = (): void => {
    const { end } = open.pop()!;
    if (end + 1n < limit) begin(end + 1n, open.at(-1)?.value ?? 0);
  };
  for (const block of blocks) {
    while (open.length > 0 && open.at(-1)!.end < block.start) close();
    open.push(block);
    begin(block.start, block.value);
  }
  while (open.length > 0) close();
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
