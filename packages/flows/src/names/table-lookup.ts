import { formatIp, parseIp } from "@ngflow/base";
import { valueByName } from "../query/value-by-name.ts";
import type { Literal, Predicate } from "../query/tree.ts";
import { VENDOR_BITS, type NameTexts } from "./name-table.ts";
import type { NameLookup, TableKeys } from "./name-lookup.ts";
import type { TableValue } from "./table-values.ts";
import type { ColumnName } from "../columns.ts";

const NO_TEXTS: NameTexts = new Map();
const MADE = new WeakMap<NameTexts, Map<ColumnName, NameLookup>>();

/** The lookup of texts by a column; made once for a map of texts. */
export function tableLookup({ needs }: TableValue, texts: NameTexts = NO_TEXTS): NameLookup {
  const [column] = needs;
  let made = MADE.get(texts);
  if (made === undefined) MADE.set(texts, (made = new Map<ColumnName, NameLookup>()));
  let lookup = made.get(column);
  if (lookup === undefined) made.set(column, (lookup = makeLookup(column, texts)));
  return lookup;
}

function makeLookup(column: ColumnName, byKey: NameTexts): NameLookup {
  const texts = ["", ...[...new Set(byKey.values())].sort()];
  return {
    texts,
    exporters: [],
    domains: [],
    number: column,
    ofExporters: { keys: [], values: [] },
    ofDomains: { keys: [], values: [] },
    starts: [],
    startValues: [],
    needs: [column],
    table: tableKeys(column, byKey, new Map(texts.map((text, number) => [text, number]))),
  };
}

function tableKeys(column: ColumnName, byKey: NameTexts, numberOf: ReadonlyMap<string, number>): TableKeys {
  const number = (text: string): number => numberOf.get(text)!;
  const { kind } = valueByName(column);
  if (kind === "ip") {
    const known = [...byKey].flatMap(([key, text]) => {
      const bytes = parseIp(String(key));
      return bytes === undefined ? [] : [{ bytes, value: number(text) }];
    });
    return {
      column,
      addresses: known.map(({ bytes }) => bytes),
      values: known.map(({ value }) => value),
      prefixes: [],
      nameOf: (cell) => byKey.get(plainText(String(cell))) ?? "",
    };
  }
  if (kind === "mac") {
    const prefixes = VENDOR_BITS.map((bits) => {
      const [low, high] = [bits * 2 ** 40, (bits + 1) * 2 ** 40];
      const known = [...byKey].filter(([key]) => Number(key) >= low && Number(key) < high);
      const keys = known.map(([key]) => Number(key) - low);
      return { divisor: 2 ** (48 - bits), keys, values: known.map(([, text]) => number(text)), low };
    });
    const nameOf = (cell: number | string): string => {
      for (const { divisor, low } of prefixes) {
        const text = byKey.get(low + Math.floor(Number(cell) / divisor));
        if (text !== undefined) return text;
      }
      return "";
    };
    return { column, addresses: [], values: [], prefixes, nameOf };
  }
  const keys = [...byKey.keys()].map(Number);
  return {
    column,
    addresses: [],
    values: [],
    prefixes: [{ divisor: 1, keys, values: [...byKey.values()].map(number) }],
    nameOf: (cell) => byKey.get(Number(cell)) ?? "",
  };
}

function plainText(text: string): string {
  const bytes = parseIp(text);
  return bytes === undefined ? text : formatIp(bytes);
}

/** Most values of a column that a condition lists; beyond, the database looks the names up. */
const MAX_LISTED = 1000;

/**
 * A condition that names fit, as one on the column itself, so that indexes and roll-ups answer it; undefined where it
 * would list too many values.
 */
export function tablePredicate(lookup: NameLookup, fits: (text: string) => boolean): Predicate | undefined {
  const { table } = lookup;
  if (table === undefined || table.prefixes.length > 1) return undefined;
  // Flows without a name fit, too: all but those whose name does not.
  const isRest = fits("");
  const listed: Literal[] = [];
  const add = (value: number, literal: () => Literal): boolean => {
    if (fits(lookup.texts[value]!) !== isRest) listed.push(literal());
    return listed.length <= MAX_LISTED;
  };
  for (const [i, bytes] of table.addresses.entries())
    if (!add(table.values[i]!, () => ({ kind: "ip", bytes }))) return undefined;
  for (const { keys, values } of table.prefixes)
    for (const [i, key] of keys.entries())
      if (!add(values[i]!, () => ({ kind: "uint", value: BigInt(key) }))) return undefined;
  if (listed.length === 0) return isRest ? { kind: "all" } : { kind: "lookup", lookup, numbers: [] };
  const some: Predicate = { kind: "oneOf", column: table.column, values: listed };
  return isRest ? { kind: "not", term: some } : some;
}
