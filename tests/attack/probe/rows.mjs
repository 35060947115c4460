// Counts the flows of a store that no process has open, and prints the answer: rows of cells.
// Usage: node rows.mjs STORE SQL
import { createRequire } from "node:module";

const [store, sql] = process.argv.slice(2);
const { Session } = createRequire(new URL("../../../packages/store/package.json", import.meta.url))("chdb");
const session = new Session(store);
process.stdout.write((await session.queryAsync(sql, { format: "JSONCompactEachRow" })).text());
session.close();
