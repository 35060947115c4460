import { fromHex, toHex } from "@ngflow/base";
import {
  byteArray,
  enaddr,
  fixedArray,
  fixedString,
  GENERIC_MESSAGES,
  hint16,
  hint32,
  hint64,
  hint8,
  hookString,
  int16,
  int32,
  int64,
  int8,
  ipaddr,
  NgError,
  nodeString,
  parseArgs,
  type ParseType,
  pathString,
  sizedString,
  string,
  structType,
  typeString,
  uint16,
  uint32,
  uint64,
  uint8,
  unparseArgs,
  variableArray,
} from "@ngflow/graph";
import { afterAll, describe, expect, it } from "vitest";
import { NODE_TYPES } from "./index.ts";
import { GOLDEN_ABSENT, hasGoldenData, readGolden } from "./testing/golden-data.ts";

interface Row {
  readonly type: string;
  readonly ascii: string | null;
  readonly ok: boolean;
  readonly hex?: string;
  readonly errno: number;
  readonly consumed?: number;
  readonly back?: string;
  readonly backUndefined?: boolean;
}

const SCALARS: Readonly<Record<string, ParseType>> = {
  int8,
  uint8,
  hint8,
  int16,
  uint16,
  hint16,
  int32,
  uint32,
  hint32,
  int64,
  uint64,
  hint64,
  string,
  sizedstring: sizedString,
  ipaddr,
  enaddr,
  fixedstring8: fixedString(8),
  hookbuf: hookString,
  nodebuf: nodeString,
  typebuf: typeString,
  cmdbuf: fixedString(32),
  pathbuf: pathString,
};

const bc = structType([
  ["b", uint16],
  ["c", uint32],
]);

const STRUCTS: Readonly<Record<string, ParseType>> = {
  "struct(b,c)": bc,
  "struct(nested)": structType([
    ["a", uint8],
    ["s", bc],
    ["name", fixedString(8)],
    ["d", int64],
    ["e", hint8],
  ]),
  "struct()": structType([]),
  "struct(n,v[n])": structType([
    ["n", uint8],
    ["v", variableArray(uint16, (data, start) => data[start]!)],
  ]),
  "struct(n,bytes[n])": structType([
    ["n", uint8],
    ["data", byteArray((data, start) => data[start]!)],
  ]),
  "struct(str,n,sz,ip)": structType([
    ["str", string],
    ["n", uint16],
    ["sz", sizedString],
    ["ip", ipaddr],
  ]),
  "struct(n,mac)": structType([
    ["n", uint8],
    ["mac", enaddr],
  ]),
  "fixedarray4:uint8:default10i": fixedArray(
    4,
    uint8,
    [0, 10, 20, 30].map((value) => Uint8Array.of(value)),
  ),
};

/** The type that a row names; undefined when its node type is not one of ours. */
function typeOf(name: string): ParseType | undefined {
  const direct = SCALARS[name] ?? STRUCTS[name];
  if (direct !== undefined) return direct;
  const array = /^fixedarray(\d+):(.+)$/.exec(name);
  if (array !== null) return fixedArray(Number(array[1]), typeOf(array[2]!)!);
  const [owner, message, reply] = name.split(".");
  const messages = owner === "generic" ? GENERIC_MESSAGES : NODE_TYPES.find((type) => type.name === owner)?.messages;
  const descriptor = messages?.find((candidate) => candidate.name === message);
  return reply === undefined ? descriptor?.args : descriptor?.reply;
}

function errnoOf(task: () => unknown): number {
  try {
    task();
    return 0;
  } catch (error) {
    if (error instanceof NgError) return error.errno;
    throw error;
  }
}

describe("argument language as observed on FreeBSD", () => {
  if (!hasGoldenData) {
    it.skip(`every row (skipped: ${GOLDEN_ABSENT})`);
    return;
  }

  const rows = readGolden("parse.json") as Row[];
  let ran = 0;
  const absent = new Set<string>();
  const byType = new Map<string, Row[]>();
  for (const row of rows) byType.set(row.type, [...(byType.get(row.type) ?? []), row]);

  afterAll(() => {
    const skipped = absent.size === 0 ? "" : `; no such node type yet: ${[...absent].join(" ")}`;
    process.stdout.write(`parse.json: ${ran} of ${rows.length} rows ran${skipped}\n`);
  });

  for (const [name, group] of byType) {
    const type = typeOf(name);
    if (type === undefined) {
      absent.add(name);
      it.skip(`${name}: the node type does not exist yet`);
      continue;
    }
    describe(name, () => {
      it.each(group.map((row) => [row.ascii ?? `bytes ${row.hex}`, row] as const))("%s", (_title, row) => {
        ran++;
        if (row.ascii !== null && !row.ok) {
          expect(errnoOf(() => parseArgs(type, row.ascii!))).toBe(row.errno);
          return;
        }
        const bytes = fromHex(row.hex!);
        if (row.ascii !== null) expect(toHex(parseArgs(type, row.ascii))).toBe(row.hex);
        if (row.ascii !== null && row.consumed !== undefined) {
          const cursor = { at: 0 };
          const out = { start: 0, bytes: new Uint8Array(20480), length: 0, messageLength: row.ascii.length + 1 };
          type.parse(row.ascii, cursor, out);
          expect(cursor.at).toBe(row.consumed);
        }
        if (row.backUndefined === true || row.back === undefined) return;
        expect(unparseArgs(type, bytes)).toBe(row.back);
      });
    });
  }
});
