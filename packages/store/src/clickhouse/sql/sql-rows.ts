import { formatIp, parseIp } from "@ngflow/base";
import { jsonInteger, type MapValue, type SqlResult } from "@ngflow/flows";
import { rowSlices } from "../row-slices.ts";

type Shown = string | number | MapValue | null;

/** Rows of SQL as the answer shows them, in pieces; at most `limit`. */
export function* sqlPieces(
  { columns, types }: Pick<SqlResult, "columns" | "types">,
  answer: Uint8Array,
  limit: number,
): Generator<SqlResult["rows"]> {
  let left = limit;
  for (const rows of rowSlices(answer)) {
    const kept = rows.slice(0, left);
    left -= kept.length;
    yield kept.map((cells) => Object.fromEntries(columns.map((name, i) => [name, shown(types[i]!, cells[i])])));
  }
}

/** A value of a type of the database, as other answers show such a value. */
function shown(type: string, cell: unknown): Shown {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "boolean") return String(cell);
  if (typeof cell === "object") return isTexts(cell) ? cell : JSON.stringify(cell);
  if (typeof cell === "number") return cell;
  const text = String(cell);
  if (/^(Nullable\()?U?Int/.test(type) && /^\d+$/.test(text)) return jsonInteger(BigInt(text));
  if (/^(Nullable\()?Int/.test(type) && Number.isSafeInteger(Number(text))) return Number(text);
  if (/^(Nullable\()?IPv6/.test(type)) {
    const bytes = parseIp(text);
    return bytes === undefined || bytes === null ? text : formatIp(bytes);
  }
  return text;
}

function isTexts(cell: object): cell is MapValue {
  return !Array.isArray(cell) && Object.values(cell).every((value) => typeof value === "string");
}
