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
import { NODE_TYPES } from "../index.ts";
import type { GoldenCheck } from "./golden-check.ts";

/** A row of parse.json: a text or bytes of some type, and what became of them. */
export interface ParseRow {
  /** The type, as the data names it: a scalar, a structure of the test, or `node.message` and `node.message.reply`. */
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

/** The type that a row names; undefined when ngflow has no such type. */
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

/** Bytes of a text, the characters it used up, and the text of the bytes: as much of it as the row states. */
function outcomeOf(type: ParseType, row: ParseRow): unknown {
  const outcome: { errno: number; hex?: string; consumed?: number; back?: string } = { errno: 0 };
  try {
    if (row.ascii !== null) outcome.hex = toHex(parseArgs(type, row.ascii));
    if (row.ascii !== null && row.consumed !== undefined) {
      const cursor = { at: 0 };
      const out = { start: 0, bytes: new Uint8Array(20480), length: 0, messageLength: row.ascii.length + 1 };
      type.parse(row.ascii, cursor, out);
      outcome.consumed = cursor.at;
    }
    if (statesBack(row)) outcome.back = unparseArgs(type, fromHex(row.hex!));
  } catch (error) {
    if (!(error instanceof NgError)) throw error;
    return { errno: error.errno };
  }
  return outcome;
}

function statesBack(row: ParseRow): boolean {
  return row.hex !== undefined && row.backUndefined !== true && row.back !== undefined;
}

function expectationOf(row: ParseRow): unknown {
  if (row.ascii !== null && !row.ok) return { errno: row.errno };
  return {
    errno: 0,
    ...(row.ascii === null ? {} : { hex: row.hex }),
    ...(row.ascii === null || row.consumed === undefined ? {} : { consumed: row.consumed }),
    ...(statesBack(row) ? { back: row.back } : {}),
  };
}

/** One check for each row of parse.json. */
export function parseChecks(rows: readonly ParseRow[]): GoldenCheck[] {
  return rows.map((row) => ({
    title: `${row.type} ${row.ascii ?? `bytes ${row.hex}`}`,
    expected: expectationOf(row),
    got: () => {
      const type = typeOf(row.type);
      return type === undefined ? { absent: row.type } : outcomeOf(type, row);
    },
  }));
}
