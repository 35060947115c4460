import { COLUMNS, isOfHosts } from "@ngflow/flows";
import { encodeTexts, type NativeBlock, type NativeColumn, TEXTS_TYPE, textsOf } from "./native-columns.ts";

/** How values that say who communicates are changed. */
export interface Anonymisation {
  /** Changes the 16 bytes of an address at `offset`, in place; IPv4 is `::ffff:a.b.c.d`. */
  ip(bytes: Uint8Array, offset: number): void;
  /** A value of a field without a column, by the field's name; null for one that is left out. */
  field(key: string, text: string): string | null;
  /** Whether addresses of exporters stay as they are. */
  readonly keepExporters: boolean;
}

/** Numbers of names that are not copied: of networks and places of addresses. */
const NUMBERS_OF_NAMES: ReadonlySet<string> = new Set(["SrcNetId", "DstNetId", "SrcPlaceId", "DstPlaceId"]);

/** Columns that are empty in an anonymised copy. */
export const EMPTIED: readonly string[] = [
  ...COLUMNS.filter(({ kind }) => kind === "mac").map(({ name }) => name),
  ...NUMBERS_OF_NAMES,
];

/** What was left out. */
export interface LeftOut {
  /** Values of fields without a column. */
  fields: number;
}

/** A block with other addresses; what cannot be changed is empty. Memory of the block is changed in place. */
export function anonymiseBlock({ rows, columns }: NativeBlock, how: Anonymisation, leftOut: LeftOut): NativeBlock {
  return { rows, columns: columns.map((column) => anonymiseColumn(column, rows, how, leftOut)) };
}

function anonymiseColumn(column: NativeColumn, rows: number, how: Anonymisation, leftOut: LeftOut): NativeColumn {
  const { name, type, data } = column;
  if (type === TEXTS_TYPE) {
    const changed = Array.from(textsOf(column, rows), (texts) =>
      texts.flatMap(([key, text]) => {
        const value = how.field(key, text);
        if (value === null) leftOut.fields++;
        return value === null ? [] : [[key, value] as const];
      }),
    );
    return { name, type, data: encodeTexts(changed) };
  }
  if (EMPTIED.includes(name)) data.fill(0);
  else if (type === "IPv6" && (isHost(name) || !how.keepExporters))
    for (let at = 0; at < data.length; at += 16) how.ip(data, at);
  return column;
}

const isHost = (name: string): boolean => COLUMNS.some((column) => column.name === name && isOfHosts(column.name));
