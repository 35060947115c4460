import { parseIp } from "@ngflow/base";
import { type ColumnName, COLUMNS, type ExtraElement, FlowBatch } from "@ngflow/flows";

/** A flow row by column name; addresses as text, the rest as integers; what is absent is zero (`::` for addresses). */
export type TestRow = Partial<Record<Exclude<ColumnName, "Extra">, string | number | bigint>> & {
  readonly Extra?: Readonly<Record<string, string>>;
};

const elements = new Map<string, ExtraElement>();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A field whose values are UTF-8. */
function textElement(key: string): ExtraElement {
  const element = elements.get(key) ?? {
    key,
    text: (bytes, offset, length) => decoder.decode(bytes.subarray(offset, offset + length)),
  };
  elements.set(key, element);
  return element;
}

/** A batch of exactly these rows. */
export function batchOf(rows: readonly TestRow[]): FlowBatch {
  const batch = new FlowBatch(Math.max(1, rows.length));
  for (const [r, row] of rows.entries()) {
    for (const [key, text] of Object.entries(row.Extra ?? {})) {
      const bytes = encoder.encode(text);
      batch.extra.add(r, batch.extra.position(textElement(key)), bytes, 0, bytes.length);
    }
    for (const { name, kind } of COLUMNS) {
      if (name === "Extra") continue;
      const value = row[name] ?? (kind === "ip" ? "::" : 0);
      const array = batch.columns[name];
      if (kind === "ip") (array as Uint8Array).set(parseIp(String(value))!, r * 16);
      else if (kind === "u64" || kind === "ms" || kind === "mac") {
        const wide = BigInt(value);
        array[2 * r] = Number(wide & 0xffff_ffffn);
        array[2 * r + 1] = Number(wide >> 32n);
      } else array[r] = Number(value);
    }
  }
  batch.rows = rows.length;
  return batch;
}
