import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { columnByName, type ColumnKind, type ColumnName, namedByName } from "@ngflow/flows";
import type { SqlClient } from "./sql-client.ts";

const TYPES: Readonly<Record<ColumnKind, string>> = {
  u8: "UInt8",
  u16: "UInt16",
  u32: "UInt32",
  u64: "UInt64",
  ms: "DateTime64(3, 'UTC')",
  ip: "String",
  mac: "String",
  map: "Map(String, String)",
};
/** Rows written at a time. */
const PIECE_ROWS = 500;
/** Columns that exist only in answers. */
const ANSWER_TYPES: Readonly<Record<string, string>> = {
  time: "DateTime64(3, 'UTC')",
  bytes: "UInt64",
  packets: "UInt64",
  flows: "UInt64",
  bps: "Float64",
  pps: "Float64",
};

/** Rows of an answer as a Parquet file. Dimensions may be null (the group of all others). */
export async function toParquet(
  client: SqlClient,
  columns: readonly string[],
  rows: readonly object[],
): Promise<Uint8Array> {
  const directory = await mkdtemp(path.join(tmpdir(), "ngflow-parquet-"));
  try {
    const file = path.join(directory, "rows.ndjson");
    await writeFile(file, lines(rows));
    const structure = columns.map((column) => `${column} ${typeOf(column)}`).join(", ");
    return await client.convert({ path: file, format: "JSONEachRow", structure }, "Parquet");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Rows as NDJSON, some hundred at a time, so that the event loop is not held up. */
function* lines(rows: readonly object[]): Generator<string> {
  for (let from = 0; from < rows.length; from += PIECE_ROWS) {
    yield rows
      .slice(from, from + PIECE_ROWS)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join("");
  }
}

function typeOf(name: string): string {
  const answerType = ANSWER_TYPES[name];
  if (answerType !== undefined) return answerType;
  if (namedByName(name) !== undefined) return "Nullable(String)";
  const { kind, names, role } = columnByName(name as ColumnName);
  const type = names ? "String" : TYPES[kind];
  return role === "dimension" ? `Nullable(${type})` : type;
}
