import { parseIp } from "@ngflow/base";

/** A value that the writer knows. */
export type Writable = string | number | bigint | boolean | readonly Writable[] | { readonly [key: string]: Writable };

/** What a prefix has; prefixes do not overlap. */
export interface WrittenPrefix {
  /** `10.0.0.0/8`, `2001:db8::/32`. */
  readonly prefix: string;
  readonly record: Writable;
}

interface Node {
  readonly children: (Node | number | null)[];
  number: number;
}

/** A MaxMind DB file of IPv6 addresses with the IPv4 ones in ::/96; equal records are written once. */
export function writeMmdb(
  prefixes: Iterable<WrittenPrefix>,
  { recordBits = 28, type = "Test" }: { readonly recordBits?: 24 | 28 | 32; readonly type?: string } = {},
): Buffer {
  const root: Node = { children: [null, null], number: 0 };
  const data: Buffer[] = [];
  let dataBytes = 0;
  const offsets = new Map<Writable | string, number>();
  const offsetOf = (record: Writable): number => {
    let offset = offsets.get(record);
    if (offset !== undefined) return offset;
    const encoded = encode(record);
    const key = encoded.toString("latin1");
    offset = offsets.get(key);
    if (offset === undefined) {
      offset = dataBytes;
      data.push(encoded);
      dataBytes += encoded.length;
      offsets.set(key, offset);
    }
    offsets.set(record, offset);
    return offset;
  };
  for (const { prefix, record } of prefixes) {
    const [address = "", length = ""] = prefix.split("/");
    const bytes = parseIp(address)!;
    const isV4 = !address.includes(":");
    if (isV4) bytes.fill(0, 0, 12);
    const bits = Number(length) + (isV4 ? 96 : 0);
    if (bits === 0) throw new RangeError(`${prefix}: the whole tree has no record`);
    let node = root;
    for (let bit = 0; ; bit++) {
      const side = (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
      if (bit === bits - 1) {
        node.children[side] = offsetOf(record);
        break;
      }
      let child = node.children[side];
      if (child === null || typeof child === "number")
        node.children[side] = child = { children: [null, null], number: 0 };
      node = child as Node;
    }
  }
  const nodes: Node[] = [];
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    node.number = nodes.push(node) - 1;
    for (const child of node.children) if (typeof child === "object" && child !== null) pending.push(child);
  }
  const pointer = (child: Node | number | null): number =>
    child === null ? nodes.length : typeof child === "number" ? nodes.length + 16 + child : child.number;
  const nodeBytes = recordBits / 4;
  const tree = Buffer.alloc(nodes.length * nodeBytes);
  for (const [i, { children }] of nodes.entries()) {
    const [left, right] = [pointer(children[0]!), pointer(children[1]!)];
    const at = i * nodeBytes;
    if (recordBits === 32) {
      tree.writeUInt32BE(left, at);
      tree.writeUInt32BE(right, at + 4);
    } else if (recordBits === 24) {
      tree.writeUIntBE(left, at, 3);
      tree.writeUIntBE(right, at + 3, 3);
    } else {
      tree.writeUIntBE(left % 2 ** 24, at, 3);
      tree[at + 3] = (Math.floor(left / 2 ** 24) << 4) | Math.floor(right / 2 ** 24);
      tree.writeUIntBE(right % 2 ** 24, at + 4, 3);
    }
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_780_000_000n,
    database_type: type,
    description: { en: "made by a test" },
    ip_version: 6,
    languages: ["en"],
    node_count: nodes.length,
    record_size: recordBits,
  });
  const marker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}

function encode(value: Writable): Buffer {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([head(2, text.length), text]);
  }
  if (typeof value === "boolean") return head(14, value ? 1 : 0);
  if (typeof value === "bigint") {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return Buffer.concat([head(9, 8), bytes]);
  }
  if (typeof value === "number") {
    const isWhole = Number.isInteger(value) && value >= 0;
    const bytes = Buffer.alloc(isWhole ? 4 : 8);
    if (isWhole) bytes.writeUInt32BE(value);
    else bytes.writeDoubleBE(value);
    return Buffer.concat([head(isWhole ? 6 : 3, bytes.length), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([head(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value as Readonly<Record<string, Writable>>);
  return Buffer.concat([head(7, entries.length), ...entries.flatMap(([key, each]) => [encode(key), encode(each)])]);
}

function head(type: number, size: number): Buffer {
  const [short, rest] =
    size < 29 ? [size, []] : size < 285 ? [29, [size - 29]] : [30, [(size - 285) >> 8, (size - 285) & 255]];
  return Buffer.from(type < 8 ? [(type << 5) | short, ...rest] : [short, type - 7, ...rest]);
}
