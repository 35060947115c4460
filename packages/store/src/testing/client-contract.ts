import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type DataFile,
  SQL_LIMITS,
  type SqlBackend,
  type SqlClient,
  type SqlError,
  type SqlLimits,
} from "../clickhouse/sql-client.ts";
import { parseRows } from "../clickhouse/row-slices.ts";
import { createClickHouseStore } from "../clickhouse/store.ts";
import { runStoreContract } from "./contract.ts";

export interface ClientContract {
  readonly name: string;
  /** A database that keeps its data in an empty directory. */
  readonly backend: (directory: string, limits: SqlLimits) => SqlBackend;
}

const ENDLESS = "SELECT max(sipHash64(number)) FROM numbers(1000000000000)";
/** How many endless queries run. A session keeps the entry of a cancelled one until its next statement. */
const ANY_ENDLESS =
  "SELECT count() FROM system.processes" +
  " WHERE NOT is_cancelled AND query LIKE '%sipHash64%' AND query NOT LIKE '%system.processes%'";

/** What every client of ClickHouse does, and the store contract over it. */
export function runClientContract({ name, backend }: ClientContract): void {
  describe(`client contract: ${name}`, () => {
    let root: string;
    let client: SqlClient | undefined;
    const opened = async (limits: Partial<SqlLimits> = {}): Promise<SqlClient> =>
      (client = await backend(path.join(root, "store"), { ...SQL_LIMITS, ...limits }).open());

    beforeEach(async () => {
      root = await mkdtemp(path.join(tmpdir(), "ngflow-client-"));
    });

    afterEach(async () => {
      await client?.close();
      client = undefined;
      await rm(root, { recursive: true, force: true });
    });

    const fileOf = async (text: string, structure: string): Promise<DataFile> => {
      const file = path.join(root, "it's a \\file");
      await writeFile(file, text);
      return { path: file, format: "JSONEachRow", structure };
    };

    it("answers rows as cells, and 64-bit integers as text", async () => {
      const { read, inspect } = await opened();
      const sql = "SELECT toUInt64(18446744073709551615), 7, 'a\\n', NULL, toIPv6('::1')";
      expect(parseRows(await read(sql))).toEqual(await inspect(sql));
      expect(await read("SELECT 1 WHERE 0")).toHaveLength(0);
      expect(await inspect("SELECT toUInt64(18446744073709551615), 7, 'a\\n', NULL, toIPv6('::1')")).toEqual([
        ["18446744073709551615", 7, "a\n", null, "::1"],
      ]);
      expect(await inspect("SELECT 1 WHERE 0")).toEqual([]);
    }, 20_000);

    it("keeps what it wrote when it is opened again", async () => {
      const first = await opened();
      await first.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
      await first.run("INSERT INTO t VALUES (1), (2)");
      await first.close();
      expect(await (await opened()).inspect("SELECT a FROM t ORDER BY a")).toEqual([[1], [2]]);
    }, 20_000);

    it("changes nothing through a query", async () => {
      const { read, inspect, run } = await opened();
      await run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
      for (const sql of ["INSERT INTO t VALUES (1)", "DROP TABLE t", "SET readonly = 0"]) {
        await expect(read(sql)).rejects.toMatchObject({ clickhouseCode: 164 });
      }
      expect(await inspect("SELECT count() FROM t")).toEqual([["0"]]);
    }, 20_000);

    it("ends queries that take too long or too much memory, and goes on", async () => {
      const { read } = await opened({ queryTimeoutMs: 300, maxQueryMemoryBytes: 20_000_000 });
      await expect(read(ENDLESS)).rejects.toMatchObject({ clickhouseCode: 159 });
      const large = "SELECT length(groupArray(number)) FROM numbers(10000000)";
      await expect(read(large)).rejects.toMatchObject({ clickhouseCode: 241 });
      expect(parseRows(await read("SELECT 1"))).toEqual([[1]]);
    }, 20_000);

    it("reads the rows of a file in a statement; columns it lacks are zero", async () => {
      const { over, inspect, run } = await opened();
      const file = await fileOf(
        '{"a":1,"t":"2026-01-02T00:00:00.5Z"}\n{"a":2}\n',
        "a UInt8, b UInt16, t DateTime64(3, 'UTC')",
      );
      expect(await over(file, (table) => `SELECT a, b, toString(t) FROM ${table} ORDER BY a`)).toEqual([
        [1, 0, "2026-01-02 00:00:00.500"],
        [2, 0, "1970-01-01 00:00:00.000"],
      ]);
      await run("CREATE TABLE t (a UInt8, sum UInt64) ENGINE = MergeTree ORDER BY a");
      const insert = (table: string): string =>
        `INSERT INTO t (a, sum) SELECT a, (SELECT sum(a) FROM ${table}) FROM (SELECT * FROM ${table} WHERE a > 1)`;
      expect(await over(file, insert)).toEqual([]);
      expect(await inspect("SELECT * FROM t")).toEqual([[2, "3"]]);
    }, 20_000);

    it("says with a number what is wrong with a file", async () => {
      const { over } = await opened();
      const file: DataFile = { ...(await fileOf("not a block", "a UInt8")), format: "Native" };
      const failure = over(file, (table) => `SELECT * FROM ${table}`);
      await expect(failure).rejects.toMatchObject({ clickhouseCode: expect.any(Number) });
    }, 20_000);

    it("converts a file to Parquet", async () => {
      const bytes = await (await opened()).convert(await fileOf('{"a":1}\n', "a UInt8"), "Parquet");
      expect(Buffer.from(bytes.subarray(0, 4)).toString()).toBe("PAR1");
    }, 20_000);

    const codeOf = (query: Promise<unknown>): Promise<unknown> =>
      query.then(
        () => "answered",
        (error: SqlError) => error.clickhouseCode,
      );
    it("cancels queries by their signals, also those that wait, and frees the database at once", async () => {
      const { read } = await opened();
      const callers = Array.from({ length: 5 }, () => new AbortController());
      const cancelled = callers.map(({ signal }) => codeOf(read(ENDLESS, { signal })));
      await expect.poll(() => client!.inspect(ANY_ENDLESS), { timeout: 15_000 }).not.toEqual([["0"]]);
      for (const caller of callers.toReversed()) caller.abort();
      expect(await Promise.all(cancelled)).toEqual(callers.map(() => 394));
      expect(parseRows(await read("SELECT 1"))).toEqual([[1]]);
      await expect.poll(() => client!.inspect(ANY_ENDLESS)).toEqual([["0"]]);
      expect(await codeOf(read(ENDLESS, { signal: AbortSignal.abort() }))).toBe(394);
    }, 30_000);

    it("answers its own questions, and reads files, while queries of users run and wait", async () => {
      const { read, inspect } = await opened();
      const caller = new AbortController();
      const heavy = Array.from({ length: 8 }, () => codeOf(read(ENDLESS, { signal: caller.signal })));
      await expect.poll(() => client!.inspect(ANY_ENDLESS), { timeout: 15_000 }).not.toEqual([["0"]]);
      expect(await inspect("SELECT 1")).toEqual([[1]]);
      expect(await readFile(await fileOf("x", "").then(({ path }) => path), "utf8")).toBe("x");
      caller.abort();
      expect(new Set(await Promise.all(heavy))).toEqual(new Set([394]));
    }, 30_000);

    it("answers with nothing of a query that ended before its last row", async () => {
      const { read, inspect } = await opened({ queryTimeoutMs: 1500 });
      // A block takes 0.2 s, so the engine has written rows when the query ends.
      const slow = "SELECT 'left', sleepEachRow(0.000003) FROM numbers(100000000)";
      const next = async (): Promise<unknown> =>
        (await Promise.all([read("SELECT 'next'"), read("SELECT 'next'")])).map(parseRows);
      const both = [[["next"]], [["next"]]];
      for (let n = 0; n < 2; n++) {
        const caller = new AbortController();
        const ended = Promise.all([slow, slow].map((sql) => codeOf(read(sql, { signal: caller.signal }))));
        setTimeout(() => caller.abort(), 1000);
        expect(await ended).toEqual([394, 394]);
        expect(await next()).toEqual(both);
        expect(await Promise.all([codeOf(read(slow)), codeOf(read(slow))])).toEqual([159, 159]);
        expect(await next()).toEqual(both);
      }
      await expect(inspect("SELECT throwIf(number = 400000) FROM numbers(500000)")).rejects.toMatchObject({
        clickhouseCode: 395,
      });
      expect(await inspect("SELECT 'next'")).toEqual([["next"]]);
    }, 60_000);

    it("cancels what runs and what waits when it is closed", async () => {
      const { read, close } = await opened();
      const queries = Array.from({ length: 4 }, () => codeOf(read(ENDLESS)));
      await expect.poll(() => client!.inspect(ANY_ENDLESS), { timeout: 15_000 }).not.toEqual([["0"]]);
      await close();
      client = undefined;
      expect(await Promise.all(queries)).toEqual([394, 394, 394, 394]);
    }, 30_000);
  });

  runStoreContract({
    name,
    open: (directory, spoolDirectory) =>
      createClickHouseStore(
        { spoolDirectory, ledgerFile: path.join(path.dirname(directory), "ledger.json"), retentionDays: 0, pollMs: 20 },
        backend(directory, SQL_LIMITS),
      ),
    skip: [],
  });
}
