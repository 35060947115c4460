import { setImmediate as nextTurn } from "node:timers/promises";
import { NamesError } from "../errors.ts";
import { RangeBuilder } from "../ranges/range-builder.ts";
import type { RangeTable } from "../ranges/range-table.ts";
import { nameText } from "../text.ts";
import { MmdbData, type MmdbMap } from "./mmdb-data.ts";

/** The prefixes of a file as ranges. Their values are numbers of records, from 1. */
export interface Mmdb {
  readonly ranges: RangeTable;
  /** Records, without that of number 0, which is none. */
  readonly records: number;
  /** Prefixes of the file that have a record. */
  readonly prefixes: number;
  /** `database_type` of the metadata, such as `GeoLite2-City`. */
  readonly type: string;
  /** When the file was made, Unix seconds. */
  readonly builtAt: number;
  /** A record by its number. Empty where it is not a map. @throws NamesError `names-invalid` */
  record(number: number): MmdbMap;
}

const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
/** The marker is in the last 128 KiB. */
const METADATA_BYTES = 128 * 1024;
/** Zero bytes between the tree and the data. */
const SEPARATOR = 16;
const RECORD_BITS = [24, 28, 32] as const;
const MOST_RANGES = 16_000_000;
/** Nodes that are visited before others have their turn: about a millisecond. */
const TURN = 10_000;

/**
 * Reads a MaxMind DB file, version 2: https://maxmind.github.io/MaxMind-DB. The tree is walked once, so that an address
 * is then found by a binary search in flat arrays. Other work has its turn in between.
 *
 * @throws NamesError `names-invalid`
 */
export async function readMmdb(bytes: Buffer): Promise<Mmdb> {
  const { nodes, recordBits, ipVersion, type, builtAt } = metadataOf(bytes);
  const nodeBytes = (2 * recordBits) / 8;
  const treeBytes = nodes * nodeBytes;
  if (treeBytes + SEPARATOR > bytes.length) fail("the tree is longer than the file");
  const section = bytes.subarray(treeBytes + SEPARATOR);
  const tree = new TreeReader(bytes, nodes, recordBits);
  const offsets: number[] = [0];
  const numberOf = new Map<number, number>();
  /** The number of a record by what a leaf points at; 0 for no record. */
  const recordNumber = (pointer: number): number => {
    if (pointer === nodes) return 0;
    const offset = pointer - nodes - SEPARATOR;
    if (offset < 0 || offset >= section.length) fail("a leaf points beyond the data");
    let number = numberOf.get(offset);
    if (number === undefined) numberOf.set(offset, (number = offsets.push(offset) - 1));
    return number;
  };
  const builder = new RangeBuilder();
  let prefixes = 0;
  const leaf = (number: number): void => {
    if (number !== 0) prefixes++;
    if (builder.ranges > MOST_RANGES) fail(`more than ${MOST_RANGES} ranges`);
  };

  let rootOf4 = 0;
  if (ipVersion === 6) for (let bit = 0; bit < 96 && rootOf4 < nodes; bit++) rootOf4 = tree.child(rootOf4, 0);
  await walk(tree, nodes, rootOf4, 32, -1, ([address], pointer) => {
    const number = recordNumber(pointer);
    builder.add4(address, number);
    leaf(number);
  });
  if (ipVersion === 6) {
    // Other ways to the IPv4 addresses (::ffff:0:0/96, 2002::/16) are left out: those are found as IPv4.
    await walk(tree, nodes, 0, 128, rootOf4, ([a, b, c, d], pointer) => {
      const number = recordNumber(pointer);
      builder.add6(a, b, c, d, number);
      leaf(number);
    });
  }
  const data = new MmdbData(section);
  return {
    ranges: builder.build(),
    records: offsets.length - 1,
    prefixes,
    type,
    builtAt,
    record(number) {
      const value = number === 0 ? {} : data.value(offsets[number]!);
      return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as MmdbMap) : {};
    },
  };
}

interface Metadata {
  readonly nodes: number;
  readonly recordBits: 24 | 28 | 32;
  readonly ipVersion: 4 | 6;
  readonly type: string;
  readonly builtAt: number;
}

function metadataOf(bytes: Buffer): Metadata {
  const at = bytes.lastIndexOf(MARKER);
  if (at < 0 || at < bytes.length - METADATA_BYTES) fail("it has no metadata: not an MMDB file, or not all of it");
  const value = new MmdbData(bytes.subarray(at + MARKER.length)).value(0);
  const map = (typeof value === "object" && value !== null ? value : {}) as MmdbMap;
  const number = (key: string): number => {
    const each = map[key];
    return typeof each === "number" || typeof each === "bigint" ? Number(each) : Number.NaN;
  };
  const major = number("binary_format_major_version");
  if (major !== 2) fail(`version ${major} of the format is not known; 2 is`);
  const nodes = number("node_count");
  const recordBits = RECORD_BITS.find((bits) => bits === number("record_size"));
  const ipVersion = number("ip_version");
  if (!Number.isSafeInteger(nodes) || nodes < 1) fail("node_count is not a number above 0");
  if (recordBits === undefined) return fail("record_size is not 24, 28 or 32");
  if (ipVersion !== 4 && ipVersion !== 6) return fail("ip_version is not 4 or 6");
  return { nodes, recordBits, ipVersion, type: nameText(map["database_type"]), builtAt: number("build_epoch") };
}

/** Reads the two pointers of a node. */
class TreeReader {
  readonly #bytes: Buffer;
  readonly #bits: 24 | 28 | 32;
  readonly nodes: number;

  constructor(bytes: Buffer, nodes: number, bits: 24 | 28 | 32) {
    this.#bytes = bytes;
    this.nodes = nodes;
    this.#bits = bits;
  }

  child(node: number, side: 0 | 1): number {
    const bytes = this.#bytes;
    if (this.#bits === 24) return bytes.readUIntBE(6 * node + 3 * side, 3);
    if (this.#bits === 32) return bytes.readUInt32BE(8 * node + 4 * side);
    const at = 7 * node;
    const shared = bytes[at + 3]!;
    return side === 0
      ? (shared >>> 4) * 2 ** 24 + bytes.readUIntBE(at, 3)
      : (shared & 15) * 2 ** 24 + bytes.readUIntBE(at + 4, 3);
  }
}

type Words = [number, number, number, number];

/** Calls `leaf` with the first address of each prefix of a tree, in order. A node `without` is left out. */
async function walk(
  tree: TreeReader,
  nodes: number,
  root: number,
  bits: number,
  without: number,
  leaf: (address: Words, pointer: number) => void,
): Promise<void> {
  if (root >= nodes) {
    leaf([0, 0, 0, 0], root);
    return;
  }
  const address: Words = [0, 0, 0, 0];
  const path = new Uint32Array(bits + 1);
  /** Which side of each node on the path is next: 2 where both are done. */
  const sides = new Uint8Array(bits + 1);
  path[0] = root;
  let depth = 0;
  let visited = 0;
  // A tree has each node once; with other ways to a part of it some are visited again.
  const most = 4 * nodes + 1000;
  while (depth >= 0) {
    const side = sides[depth]!;
    const word = depth >>> 5;
    const bit = 2 ** (31 - (depth & 31));
    if (side === 2) {
      address[word]! -= bit;
      sides[depth--] = 0;
      continue;
    }
    if (side === 1) address[word]! += bit;
    sides[depth] = side + 1;
    const child = tree.child(path[depth]!, side as 0 | 1);
    if (child >= nodes) leaf(address, child);
    else if (child === without) leaf(address, nodes);
    else if (depth + 1 >= bits) fail("the tree is deeper than an address is long");
    else path[++depth] = child;
    if (++visited > most) fail("the tree has nodes several times");
    if (visited % TURN === 0) await nextTurn();
  }
}

function fail(what: string): never {
  throw new NamesError("names-invalid", `MMDB: ${what}`);
}
