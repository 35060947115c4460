import type { AnswerInPieces, ReadOptions, SqlResult, SqlSpec } from "@ngflow/flows";
import { StoreError } from "../../errors.ts";
import { parseRows } from "../row-slices.ts";
import type { SqlClient } from "../sql-client.ts";
import { readOnlySql, sqlProblem } from "./read-only.ts";
import type { FunctionFacts } from "./sql-functions.ts";
import { sqlPieces } from "./sql-rows.ts";

export interface SqlFacts {
  readonly functions: FunctionFacts;
  /** What stands before the statement: what names of tables mean. */
  readonly tables: string;
}

/** A SELECT of a user as it is run, without its limit. @throws StoreError `bad-sql`, SqlError of the limits */
export async function statementOf(
  client: SqlClient,
  { functions, tables }: SqlFacts,
  { sql }: Pick<SqlSpec, "sql">,
  signal?: AbortSignal,
): Promise<string> {
  return `${tables}${await readOnlySql(client, sql, functions, signal)}`;
}

/** Answers one SELECT of a user. @throws StoreError `bad-sql`, SqlError of the limits */
export async function answerSql(
  client: SqlClient,
  facts: SqlFacts,
  { sql, limit }: SqlSpec,
  options: Pick<ReadOptions, "signal" | "progress"> = {},
): Promise<AnswerInPieces<SqlResult>> {
  const startedMs = performance.now();
  const { signal } = options;
  const selected = await statementOf(client, facts, { sql }, signal);
  try {
    const described = parseRows(await client.read(`DESCRIBE TABLE (${selected})`, { signal }));
    const shape = {
      columns: described.map(([name]) => String(name)),
      types: described.map(([, type]) => String(type)),
    };
    const twice = shape.columns.find((name, i) => shape.columns.indexOf(name) !== i);
    if (twice !== undefined) throw new StoreError("bad-sql", `sql: two columns are named ${twice}; name one with AS`);
    // One row more than wanted shows whether there are more.
    const answer = await client.read(`${selected} LIMIT ${limit + 1}`, options);
    const elapsedMs = Math.round((performance.now() - startedMs) * 100) / 100;
    const frame = { ...shape, rows: [], more: linesOf(answer) > limit, elapsedMs };
    return { frame, pieces: sqlPieces(shape, answer, limit), bytes: answer.length };
  } catch (error) {
    throw sqlProblem(error);
  }
}

/** Rows of an answer; line feeds in texts are escaped. */
function linesOf(answer: Uint8Array): number {
  let lines = 0;
  for (let at = answer.indexOf(0x0a); at >= 0; at = answer.indexOf(0x0a, at + 1)) lines++;
  return lines;
}
