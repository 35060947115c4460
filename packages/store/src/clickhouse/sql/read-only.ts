import { COLUMNS } from "@ngflow/flows";
import { StoreError } from "../../errors.ts";
import type { SqlClient, SqlError } from "../sql-client.ts";
import { sqlString } from "../sql-text.ts";
import { parseRows } from "../row-slices.ts";
import type { FunctionFacts } from "./sql-functions.ts";
import { isAllowedFunction, namesFunction } from "./sql-functions.ts";

/** Parts of a statement in the database's syntax tree that only read. */
const NODES: ReadonlySet<string> = new Set([
  ...["SelectWithUnionQuery", "SelectIntersectExceptQuery", "SelectQuery", "ExpressionList", "Subquery", "WithElement"],
  ...["TablesInSelectQuery", "TablesInSelectQueryElement", "TableExpression", "TableIdentifier", "TableJoin"],
  ...["ArrayJoin", "Function", "Identifier", "Literal", "Asterisk", "QualifiedAsterisk", "ColumnsRegexpMatcher"],
  ...["OrderByElement", "InterpolateElement", "WindowDefinition", "WindowListElement"],
]);
/** Columns of the store may have the name of a function in another case: `Version`. */
const OWN_COLUMNS: ReadonlySet<string> = new Set(COLUMNS.map(({ name }) => name));
/** Databases in which the store keeps nothing. */
const FOREIGN = /^`?(system|information_schema)`?(\.|$)/i;
/** A line of the tree: the kind of a node, and what it names. */
const LINE = /^ *(\w+)(?: (.*?))?(?: \((?:alias .*|children \d+)\))*$/s;

/**
 * A statement that only reads the tables of the store, ready to run; it is what the database itself has parsed, in
 * parentheses.
 *
 * 1. The database writes the text again from its syntax tree. So it is one complete statement without comments.
 * 2. In parentheses the grammar of the database takes a SELECT only: no INSERT, no INTO OUTFILE, no FORMAT.
 * 3. Every node of the tree is of a kind that only reads: no SETTINGS. Every table is one of the current database,
 *    every function is of a kind that computes from its arguments alone, also where it is named and not called.
 *
 * It is to be run in a session that is read only and has limits.
 *
 * @throws StoreError `bad-sql` for any other statement.
 */
export async function readOnlySql(
  client: SqlClient,
  text: string,
  functions: FunctionFacts,
  signal?: AbortSignal,
): Promise<string> {
  const rowsOf = async (sql: string): Promise<readonly string[]> =>
    parseRows(await client.read(sql, { signal })).map(([cell]) => String(cell));
  try {
    const [statement = ""] = await rowsOf(`SELECT formatQuerySingleLine(${sqlString(text)})`);
    checkIsSelect(statement);
    const selected = `SELECT * FROM (${statement})`;
    const database = client.facts?.database ?? "default";
    for (const line of await rowsOf(`EXPLAIN AST ${selected}`)) checkNode(line, functions, database);
    return selected;
  } catch (error) {
    throw sqlProblem(error);
  }
}

/**
 * Says that a statement is none, as somebody who types it knows it: without this, the database would say that something
 * is wrong within the parentheses.
 */
function checkIsSelect(statement: string): void {
  const [word = ""] = /[^\s(]+/.exec(statement) ?? [];
  if (/^(?:select|with|from)$/i.test(word)) return;
  const hint = /^(?:desc|describe|show)$/i.test(word) ? "; SELECT * FROM flows LIMIT 1 has every column" : "";
  refuse(`${word.slice(0, 40)} is not a SELECT${hint}`);
}

function checkNode(line: string, functions: FunctionFacts, database: string): void {
  const [, kind = "", name = ""] = LINE.exec(line) ?? [];
  if (kind === "Set") refuse("SETTINGS are not allowed");
  if (!NODES.has(kind)) refuse(`${line.trim().slice(0, 60)} is not allowed`);
  if (kind === "Function" && !isAllowedFunction(name, functions)) refuse(`the function ${name} is not allowed`);
  if (kind === "Identifier") checkReference(name, functions);
  if ((kind === "Identifier" || kind === "TableIdentifier") && FOREIGN.test(name)) {
    refuse(`${name} is not a table of the store`);
  }
  const [first = "", ...rest] = name.replaceAll("`", "").split(".");
  // A server has databases of others.
  const isForeign = kind === "Identifier" ? first === "default" && first !== database : first !== database;
  if (rest.length > 0 && isForeign && (kind === "Identifier" || kind === "TableIdentifier"))
    refuse(`${name} is not a table of the store`);
  if (kind === "TableIdentifier" && rest.length > 1) refuse(`${name} is not a table of the store`);
}

/** A function may be named where a function is expected, as in `arrayMap(upper, list)`, and is no function there. */
function checkReference(name: string, functions: FunctionFacts): void {
  // An alias with a line feed would leave a part of itself in the name.
  const [word = "", after] = name.split(/(?=[^\w])/, 2);
  if (after?.startsWith(".") || OWN_COLUMNS.has(word) || !namesFunction(word, functions)) return;
  refuse(`${word} is a function that is not allowed (a column of this name needs another one)`);
}

/** The error of a statement as the user sees it. */
export function sqlProblem(error: unknown): Error {
  const { clickhouseCode, message } = error as SqlError;
  // Of an error of the store, and of limits, queryError makes the message.
  if (clickhouseCode === undefined || [159, 241, 394].includes(clickhouseCode)) return error as Error;
  const [line = ""] = message.split("\n");
  const reason = line
    .replaceAll(/Code: \d+\. DB::Exception: /g, "")
    .replace(/:? ?In scope .*/s, "")
    .replace(/ \([A-Z_]+\)\.?$/, "");
  return new StoreError("bad-sql", `sql: ${reason.slice(0, 400)}`, { cause: error });
}

function refuse(problem: string): never {
  throw new StoreError("bad-sql", `sql: ${problem}; the statement may read the tables of the store only`);
}
