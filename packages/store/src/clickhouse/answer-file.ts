import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ColumnKind, dimensionByName, namedByName, valueByName, type ValueName } from "@ngflow/flows";
import type { FileFormat, SqlClient } from "./sql-client.ts";

/** An answer of a query, of records or of SQL, as a file has it. */
export interface AnswerTable {
  readonly columns: readonly string[];
  /** Types of the columns, as the database names them; absent where the columns are those of queries and records. */
  readonly types?: readonly string[] | undefined;
  readonly rows: readonly object[];
}

const TIME = "DateTime64(3, 'UTC')";
const TYPES: Readonly<Record<ColumnKind, string>> = {
  u8: "UInt8",
  u16: "UInt16",
  u32: "UInt32",
  u64: "UInt64",
  ms: TIME,
  ip: "String",
  mac: "String",
  map: "Map(String, String)",
};
/** Rows written at a time. */
const PIECE_ROWS = 500;
/** Columns that exist only in answers. */
const ANSWER_TYPES: Readonly<Record<string, string>> = { time: TIME, bps: "Float64", pps: "Float64", bpp: "Float64" };
/** Types of the database that a file takes as they are; values of the others are text in an answer of SQL. */
const PLAIN = /^(?:U?Int(?:8|16|32|64)|Float(?:32|64)|Decimal\(\d+, \d+\)|Date|Date32|DateTime.*)$/;

/** An answer as a file. Every value but a map may be null: that of a dimension is in the group of all others. */
export async function toFile(client: SqlClient, format: FileFormat, answer: AnswerTable): Promise<Uint8Array> {
  const directory = await mkdtemp(path.join(tmpdir(), "ngflow-answer-"));
  try {
    const file = path.join(directory, "rows.ndjson");
    await writeFile(file, lines(answer.rows));
    const structure = answer.columns
      .map((column, i) => `${quoted(column)} ${typeIn(column, answer, answer.types?.[i])}`)
      .join(", ");
    return await client.convert({ path: file, format: "JSONEachRow", structure }, format);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A name as an identifier: `SrcAddr/24` and `max:Duration` are none, and those of SQL may be any text. */
function quoted(name: string): string {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
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

function typeIn(name: string, { rows }: AnswerTable, ofDatabase: string | undefined): string {
  const type = ofDatabase === undefined ? typeOf(name, rows) : plain(ofDatabase);
  return type.startsWith("Map(") ? type : `Nullable(${type})`;
}

/** The type of a column of SQL, without what says that it may be null or how it is stored. */
function plain(type: string): string {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) return plain(inner);
  return PLAIN.test(type) ? type : "String";
}

/** The type of a column of a query or of records: a dimension, a metric, or a value of a flow. */
function typeOf(name: string, rows: readonly object[]): string {
  const known = ANSWER_TYPES[name];
  if (known !== undefined) return known;
  const [metric, ofColumn] = name.split(":");
  if (ofColumn !== undefined) {
    const isTime = metric !== "distinct" && valueByName(ofColumn as ValueName)?.kind === "ms";
    return isTime ? TIME : "UInt64";
  }
  const dimension = dimensionByName(name);
  const facts = valueByName((typeof dimension === "string" ? name : dimension.value) as ValueName);
  // A metric, and its previous value: whole numbers, but for averages.
  if (facts === undefined) return rows.some((row) => isFraction(row[name as keyof object])) ? "Float64" : "UInt64";
  return facts.names || namedByName(name) ? "String" : TYPES[facts.kind];
}

function isFraction(value: unknown): boolean {
  return typeof value === "number" && !Number.isInteger(value);
}
