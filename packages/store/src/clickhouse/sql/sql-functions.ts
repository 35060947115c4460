import type { SqlClient } from "../sql-client.ts";

/** Categories of functions that compute from their arguments alone, as the database sorts them. */
const CATEGORIES: ReadonlySet<string> = new Set([
  ...["Aggregate Functions", "Arithmetic", "Arrays", "Bit", "Bitmap", "Comparison", "Conditional", "Dates and Times"],
  ...["Distance", "Encoding", "Hash", "IP Address", "JSON", "Logical", "Map", "Mathematical", "Null", "Random Number"],
  ...["Rounding", "String", "String Replacement", "String Search", "String Splitting", "Time Window", "Tuple"],
  ...["Type Conversion", "URL", "UUID"],
]);
/** Functions of other categories that do, too, and parts of the syntax that the tree shows as functions. */
const OTHERS: ReadonlySet<string> = new Set([
  ...["lambda", "exists", "identity", "materialize", "transform", "bar", "toTypeName", "finalizeAggregation"],
  ...["formatReadableSize", "formatReadableQuantity", "formatReadableDecimalSize", "formatReadableTimeDelta"],
  ...["MACNumToString", "MACStringToNum", "MACStringToOUI", "runningDifference", "neighbor", "isDecimalOverflow"],
  // Table functions that make rows from nothing.
  ...["numbers", "values", "view", "generate_series", "generateSeries", "zeros"],
]);
/** What may be behind the name of an aggregate function. */
const COMBINATOR =
  /(If|Array|Map|State|Merge|MergeState|SimpleState|ForEach|Distinct|OrDefault|OrNull|Resample|ArgMin|ArgMax)$/;

/** Category by name in lower case; an alias has that of what it names. */
export type FunctionFacts = ReadonlyMap<string, string>;

/** Asks the database for its functions. */
export async function readFunctions(client: SqlClient): Promise<FunctionFacts> {
  const rows = await client.inspect("SELECT name, alias_to, categories FROM system.functions");
  const categories = new Map(rows.map(([name, , category]) => [String(name), String(category)]));
  return new Map(
    rows.map(([name, alias, category]) => {
      const own = alias === "" ? String(category) : (categories.get(String(alias)) ?? "");
      return [String(name).toLowerCase(), own];
    }),
  );
}

/** Whether a function computes from its arguments alone. */
export function isAllowedFunction(name: string, functions: FunctionFacts): boolean {
  if (OTHERS.has(name)) return true;
  const category = functions.get(name.toLowerCase());
  if (category !== undefined) return CATEGORIES.has(category);
  const plain = name.replace(COMBINATOR, "");
  return plain !== name && isAggregate(plain, functions);
}

/** Whether a name that is not called is that of a function that is not allowed: some functions call what they get. */
export function namesFunction(name: string, functions: FunctionFacts): boolean {
  return functions.has(name.toLowerCase()) && !isAllowedFunction(name, functions);
}

function isAggregate(name: string, functions: FunctionFacts): boolean {
  if (functions.get(name.toLowerCase()) === "Aggregate Functions") return true;
  const plain = name.replace(COMBINATOR, "");
  return plain !== name && isAggregate(plain, functions);
}
