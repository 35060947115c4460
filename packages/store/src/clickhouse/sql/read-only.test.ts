import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStore } from "../../create-store.ts";
import type { Store } from "../../store.ts";

/** SQL of users in a real database: what it answers, and what it cannot do. */

const folder = mkdtempSync(join(tmpdir(), "ngflow-sql-"));
const secret = join(folder, "secret.txt");
const out = join(folder, "out.txt");
let store: Store;
/** Connections that the database opened. */
let called = 0;
const listener = createServer((socket) => {
  called++;
  socket.destroy();
});

beforeAll(async () => {
  writeFileSync(secret, "top secret\n");
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  store = createStore({ directory: join(folder, "data"), queryTimeoutMs: 8000, maxQueryMemoryBytes: 128 * 2 ** 20 });
  await store.start();
});

afterAll(async () => {
  await store.stop();
  listener.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(sql: string, limit = 100) {
  const { frame, pieces } = await store.sqlInPieces({ sql, limit });
  return { ...frame, rows: [...pieces].flat() };
}

test.each<[string, Record<string, unknown>[]]>([
  ["SELECT count() AS n FROM flows", [{ n: 0 }]],
  ["SELECT sum(Bytes) AS b, any(SrcAddr) AS a FROM default.flows", [{ b: 0, a: "::" }]],
  [
    "WITH x AS (SELECT number AS a FROM numbers(3)) SELECT a, row_number() OVER (ORDER BY a DESC) AS r FROM x ORDER BY a",
    [
      { a: 0, r: 3 },
      { a: 1, r: 2 },
      { a: 2, r: 1 },
    ],
  ],
  ["SELECT a FROM (SELECT 1 AS a UNION ALL SELECT 2) ORDER BY a -- comment", [{ a: 1 }, { a: 2 }]],
  [
    "SELECT toIPv6('::ffff:10.0.0.1') AS ip, [1,2] AS list, map('k', 'v') AS m, NULL AS nothing, 1.5 AS f, true AS yes",
    [{ ip: "10.0.0.1", list: "[1,2]", m: { k: "v" }, nothing: null, f: 1.5, yes: "true" }],
  ],
  ["SELECT arrayMap(upper, ['a']) AS l", [{ l: '["A"]' }]],
  ["SELECT max(Version) AS v FROM flows", [{ v: 0 }]],
  [
    "SELECT sumIf(number, number % 2 = 0) AS s, uniqExactIfOrNull(number, 1) AS u, quantileExact(0.5)(number) AS q, arrayMap(x -> x + 1, [1]) AS l FROM numbers(5)",
    [{ s: 6, u: 5, q: 2, l: "[2]" }],
  ],
  ["SELECT 'it''s; INTO OUTFILE /* -- */ SETTINGS' AS text", [{ text: "it's; INTO OUTFILE /* -- */ SETTINGS" }]],
  ["SELECT 18446744073709551615 AS big, -3 AS low", [{ big: "18446744073709551615", low: -3 }]],
])("%s", async (sql, rows) => {
  expect((await ask(sql)).rows).toEqual(rows);
});

test("no more rows than the limit, and whether there are more", async () => {
  expect(await ask("SELECT number FROM numbers(10)", 3)).toMatchObject({
    columns: ["number"],
    types: ["UInt64"],
    rows: [{ number: 0 }, { number: 1 }, { number: 2 }],
    more: true,
  });
  expect(await ask("SELECT number FROM numbers(3)", 3)).toMatchObject({ more: false });
});

test.each([
  ["DESCRIBE flows", "sql: DESCRIBE is not a SELECT; SELECT * FROM flows LIMIT 1 has every column; the statement may"],
  ["-- x\nshow tables", "sql: SHOW is not a SELECT; SELECT * FROM flows LIMIT 1 has every column; the statement may"],
  ["drop table flows", "sql: DROP is not a SELECT; the statement may read the tables of the store only"],
  ["INSERT INTO flows VALUES (1)", "sql: INSERT is not a SELECT; the statement may read"],
  ["EXPLAIN SELECT 1", "sql: EXPLAIN is not a SELECT; the statement may read"],
])("%s is named as what it is", async (sql, said) => {
  await expect(ask(sql)).rejects.toMatchObject({ code: "bad-sql", message: expect.stringContaining(said) });
});

/** Each has to fail, leave no file, and call nobody. */
const attacks = (port: number): string[] => [
  // Files.
  `SELECT file('${secret}')`,
  `SELECT count(file('${secret}')) FROM flows`,
  `SELECT * FROM flows WHERE 1 IN (SELECT length(file('${secret}')))`,
  // Named, not called.
  `SELECT arrayMap(file, ['${secret}'])`,
  `SELECT arrayMap(\`file\`, ['${secret}'])`,
  `SELECT arrayMap((file), ['${secret}'])`,
  `SELECT arrayMap(FILE, ['${secret}'])`,
  `SELECT arrayMap(file AS f, ['${secret}'])`,
  `SELECT arrayMap(file AS \`a\nb\`, ['${secret}'])`,
  `SELECT arrayMap(file AS \`a (alias b)\`, ['${secret}'])`,
  `WITH file AS f SELECT arrayMap(f, ['${secret}'])`,
  `SELECT arrayMap(x -> arrayMap(file, [x]), ['${secret}'])`,
  `SELECT count() FROM flows WHERE arrayExists(x -> length(x) > 3, arrayMap(file, ['${secret}']))`,
  `SELECT arraySort(file, ['${secret}'])`,
  `SELECT * FROM file('${secret}', 'LineAsString')`,
  `SELECT * FROM fileCluster('default', '${secret}', 'LineAsString')`,
  `SELECT * FROM sqlite('${secret}', 't')`,
  `SELECT * FROM filesystem('${folder}')`,
  `SELECT catboostEvaluate('${secret}', 1)`,
  `SELECT 1 INTO OUTFILE '${out}'`,
  `SELECT 1 INTO OUTFILE '${out}' TRUNCATE FORMAT CSV`,
  `SELECT 1) INTO OUTFILE '${out}' --`,
  `SELECT 1) INTO OUTFILE '${out}' FORMAT CSV /*`,
  `SELECT 1) UNION ALL (SELECT 2) INTO OUTFILE '${out}' #`,
  `EXPLAIN SELECT 1 INTO OUTFILE '${out}'`,
  `INSERT INTO FUNCTION file('${out}', 'CSV', 'a Int') SELECT 1`,
  `SELECT * FROM (INSERT INTO FUNCTION file('${out}', 'CSV', 'a Int') SELECT 1)`,
  `BACKUP TABLE flows TO File('${out}')`,
  // The network and other programs.
  `SELECT * FROM url('http://127.0.0.1:${port}/x', 'LineAsString')`,
  `SELECT * FROM s3('http://127.0.0.1:${port}/bucket/key', 'CSV', 'a String')`,
  `SELECT * FROM s3('http://127.0.0.1:${port}/bucket/key', 'CSV')`,
  `SELECT * FROM remote('127.0.0.1:${port}', system.one)`,
  `SELECT * FROM mysql('127.0.0.1:${port}', 'a', 'b', 'c', 'd')`,
  `SELECT * FROM postgresql('127.0.0.1:${port}', 'a', 'b', 'c', 'd')`,
  `SELECT * FROM mongodb('127.0.0.1:${port}', 'a', 'b', 'c', 'd', 'x Int')`,
  `SELECT * FROM redis('127.0.0.1:${port}', 'k', 'k String')`,
  `SELECT * FROM iceberg('http://127.0.0.1:${port}/b/k')`,
  `SELECT * FROM deltaLake('http://127.0.0.1:${port}/b/k')`,
  `SELECT showCertificate('127.0.0.1', ${port})`,
  `SELECT arrayMap(showCertificate, ['127.0.0.1'], [${port}])`,
  `SELECT arrayMap(showCertificate, ['127.0.0.1:${port}'])`,
  "SELECT * FROM executable('id', 'TSV', 'x String')",
  "SELECT * FROM jdbc('x', 'y')",
  "SELECT aiGenerate('x')",
  "SELECT dictGet('x', 'y', 1)",
  // Writing.
  "INSERT INTO flows (Bytes) VALUES (1)",
  "INSERT INTO flows SELECT * FROM flows",
  "DROP TABLE flows",
  "TRUNCATE TABLE flows",
  "ALTER TABLE flows DELETE WHERE 1",
  "CREATE TABLE t (a Int) ENGINE = Memory",
  "CREATE TEMPORARY TABLE t (a Int)",
  "CREATE FUNCTION f AS x -> x",
  "OPTIMIZE TABLE flows",
  "DETACH TABLE flows",
  "EXCHANGE TABLES flows AND flows_1m",
  "SYSTEM DROP MARK CACHE",
  "KILL QUERY WHERE 1",
  "SELECT 1; DROP TABLE flows",
  // Settings and the session.
  "SET readonly = 0",
  "USE system",
  "SELECT 1 SETTINGS readonly = 0",
  "SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 1000)",
  "SELECT 1 FORMAT CSV",
  // What is not of the store.
  "SELECT * FROM system.processes",
  "SELECT * FROM `system`.`processes`",
  "SELECT * FROM SYSTEM.processes",
  "SELECT * FROM information_schema.tables",
  "SELECT * FROM INFORMATION_SCHEMA.tables",
  "SELECT 1 IN system.one",
  "SELECT * FROM merge('system', '.*')",
  "SELECT * FROM mergeTreeIndex(default, flows)",
  "SELECT * FROM view(SELECT * FROM system.one)",
  "SELECT * FROM cluster('default', system.one)",
  "SELECT joinGet('system.one', 'dummy', 1)",
  "SELECT hasColumnInTable('system', 'one', 'dummy')",
  "SELECT hostName(), version(), currentUser()",
  "SELECT user()",
  "SELECT getSetting('max_memory_usage')",
  "SELECT getServerSetting('user_files_path')",
  "SELECT filesystemAvailable()",
  "SELECT sleep(3)",
  "SELECT arrayMap(sleep, [3])",
  "SELECT arrayMap(getSetting, ['max_memory_usage'])",
  "SHOW TABLES",
  "DESCRIBE TABLE flows",
  "EXPLAIN SELECT 1",
  // Not SQL.
  "",
  ";",
  "SELECT",
  "SELECT \0",
  "'; DROP TABLE flows; --",
  "\\'; DROP TABLE flows; --",
  `SELECT ${"(".repeat(3000)}1${")".repeat(3000)}`,
];

describe("what is refused", () => {
  const { length } = attacks(0);
  test.each(Array.from({ length }, (_, i) => [attacks(9)[i]!.slice(0, 80), i] as const))("%s", async (_, i) => {
    const { port } = listener.address() as { port: number };
    await expect(ask(attacks(port)[i]!)).rejects.toMatchObject({
      code: "bad-sql",
      message: expect.stringMatching(/^sql: ./),
    });
    expect(existsSync(out)).toBe(false);
    expect(called).toBe(0);
  });

  test("the tables are as before", async () => {
    expect((await ask("SELECT count() AS n FROM flows")).rows).toEqual([{ n: 0 }]);
  });
});

test("a statement is ended by the limits of time and memory, and the next one has its own answer", async () => {
  await expect(ask("SELECT sum(number) AS s FROM numbers(1000000000000)")).rejects.toMatchObject({
    code: "query-timeout",
  });
  await expect(ask("SELECT groupArray(number) AS g FROM numbers(1000000000)")).rejects.toMatchObject({
    code: "query-memory",
  });
  await expect(
    ask("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count() AS c FROM t"),
  ).rejects.toMatchObject({ code: "bad-sql" });
  expect((await ask("SELECT 7 AS n")).rows).toEqual([{ n: 7 }]);
});

test("a caller that leaves frees the engine at once", async () => {
  const leaving = new AbortController();
  const running = store.sqlInPieces(
    { sql: "SELECT sum(number) AS s FROM numbers(1000000000000)", limit: 1 },
    { signal: leaving.signal },
  );
  setTimeout(() => leaving.abort(), 300);
  await expect(running).rejects.toMatchObject({ code: "query-cancelled" });
});

test("two columns of one name are refused, because a row has one value by name", async () => {
  await expect(ask("SELECT 1 AS a, 2 AS a")).rejects.toMatchObject({ code: "bad-sql" });
});
