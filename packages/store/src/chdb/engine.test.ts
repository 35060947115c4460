import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CHDB_DEFAULTS } from "./config.ts";
import { type ChdbEngine, type ChdbError, findHolder, openChdb } from "./engine.ts";

const ENDLESS = "SELECT max(sipHash64(number)) FROM numbers(1000000000000)";
let root: string;
let engine: ChdbEngine | undefined;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-engine-"));
});

afterEach(async () => {
  await engine?.close();
  engine = undefined;
  await rm(root, { recursive: true, force: true });
});

describe("chdb engine", () => {
  it("ends queries that take too long or too much memory, and goes on", async () => {
    engine = await openChdb(root, { ...CHDB_DEFAULTS, queryTimeoutMs: 300, maxQueryMemoryBytes: 20_000_000 });
    await expect(engine.reader.queryAsync(ENDLESS)).rejects.toMatchObject({ clickhouseCode: 159 });
    const large = "SELECT length(groupArray(number)) FROM numbers(10000000)";
    await expect(engine.reader.queryAsync(large)).rejects.toMatchObject({ clickhouseCode: 241 });
    expect((await engine.reader.queryAsync("SELECT 1", { format: "TSV" })).text()).toBe("1\n");
  });

  it("reads only through the reader", async () => {
    engine = await openChdb(root, CHDB_DEFAULTS);
    await engine.writer.queryAsync("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    for (const sql of ["INSERT INTO t VALUES (1)", "DROP TABLE t", "SET readonly = 0"]) {
      await expect(engine.reader.queryAsync(sql)).rejects.toMatchObject({ clickhouseCode: 164 });
    }
    expect((await engine.writer.queryAsync("SELECT count() FROM t", { format: "TSV" })).text()).toBe("0\n");
  });

  it("closes at once while a query runs", async () => {
    engine = await openChdb(root, CHDB_DEFAULTS);
    const query = engine.reader.queryAsync(ENDLESS).then(
      () => "answered",
      (error: ChdbError) => error.clickhouseCode,
    );
    const running = async (): Promise<string> =>
      (await engine!.writer.queryAsync("SELECT count() FROM system.processes", { format: "TSV" })).text();
    await expect.poll(running).toBe("2\n");
    await engine.close();
    engine = undefined;
    expect(await query).toBe(394);
  }, 20_000);

  it("knows who holds a directory", async () => {
    expect(await findHolder(root)).toBeUndefined();
    engine = await openChdb(root, CHDB_DEFAULTS);
    expect(await findHolder(root)).toBe(process.pid);
    await engine.close();
    engine = undefined;
    expect(await findHolder(root)).toBeUndefined();
    // What a killed process leaves: the file names a living process (this one), but nobody has it locked.
    await writeFile(path.join(root, "status"), `PID: ${process.pid}\n`);
    expect(await findHolder(root)).toBeUndefined();
  });

  it("refuses a directory that cannot be made: exit 73", async () => {
    await writeFile(path.join(root, "file"), "");
    await expect(openChdb(path.join(root, "file", "store"), CHDB_DEFAULTS)).rejects.toMatchObject({
      code: "store-directory",
      exit: 73,
    });
  });
});
