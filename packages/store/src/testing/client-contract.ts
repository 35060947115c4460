import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
import { createClickHouseStore } from "../clickhouse/store.ts";
import { runStoreContract } from "./contract.ts";

export interface ClientContract {
  readonly name: string;
  /** A database that keeps its data in an empty directory. */
  readonly backend: (directory: string, limits: SqlLimits) => SqlBackend;
}

const ENDLESS = "SELECT max(sipHash64(number)) FROM numbers(1000000000000)";

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
      const { rows } = await opened();
      expect(await rows("SELECT toUInt64(18446744073709551615), 7, 'a\\n', NULL, toIPv6('::1')")).toEqual([
        ["18446744073709551615", 7, "a\n", null, "::1"],
      ]);
      expect(await rows("SELECT 1 WHERE 0")).toEqual([]);
    }, 20_000);

    it("keeps what it wrote when it is opened again", async () => {
      const first = await opened();
      await first.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
      await first.run("INSERT INTO t VALUES (1), (2)");
      await first.close();
      expect(await (await opened()).rows("SELECT a FROM t ORDER BY a")).toEqual([[1], [2]]);
    }, 20_000);

    it("changes nothing through a query", async () => {
      const { rows, run } = await opened();
      await run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
      for (const sql of ["INSERT INTO t VALUES (1)", "DROP TABLE t", "SET readonly = 0"]) {
        await expect(rows(sql)).rejects.toMatchObject({ clickhouseCode: 164 });
      }
      expect(await rows("SELECT count() FROM t")).toEqual([["0"]]);
    }, 20_000);

    it("ends queries that take too long or too much memory, and goes on", async () => {
      const { rows } = await opened({ queryTimeoutMs: 300, maxQueryMemoryBytes: 20_000_000 });
      await expect(rows(ENDLESS)).rejects.toMatchObject({ clickhouseCode: 159 });
      const large = "SELECT length(groupArray(number)) FROM numbers(10000000)";
      await expect(rows(large)).rejects.toMatchObject({ clickhouseCode: 241 });
      expect(await rows("SELECT 1")).toEqual([[1]]);
    }, 20_000);

    it("reads the rows of a file in a statement; columns it lacks are zero", async () => {
      const { over, rows, run } = await opened();
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
      expect(await rows("SELECT * FROM t")).toEqual([[2, "3"]]);
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
    /** Waits until an endless query runs. It does not use `rows`, which may answer one query at a time. */
    const running = async (): Promise<void> => {
      const file = await fileOf("", "a UInt8");
      const sql = "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%LIKE%'";
      await expect.poll(() => client!.over(file, () => sql)).toEqual([["1"]]);
    };

    it("cancels one query by its signal", async () => {
      const { rows } = await opened();
      const cancelling = new AbortController();
      const cancelled = codeOf(rows(ENDLESS, { signal: cancelling.signal }));
      await running();
      cancelling.abort();
      expect(await cancelled).toBe(394);
      expect(await rows("SELECT 1")).toEqual([[1]]);
      expect(await codeOf(rows(ENDLESS, { signal: cancelling.signal }))).toBe(394);
    }, 20_000);

    it("cancels what runs when it is closed", async () => {
      const { rows, close } = await opened();
      const query = codeOf(rows(ENDLESS));
      await running();
      await close();
      client = undefined;
      expect(await query).toBe(394);
    }, 20_000);
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
