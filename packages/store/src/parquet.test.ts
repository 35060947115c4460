import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { SQL_LIMITS } from "./clickhouse/sql-client.ts";
import { openChdb } from "./chdb/engine.ts";
import { rowsToParquet } from "./parquet.ts";

it("rows become Parquet with types that fit, and come back", async () => {
  const bytes = await rowsToParquet(
    ["time", "SrcAddr", "SrcPort", "Proto", "bytes", "bps"],
    [
      { time: "2026-01-02T00:00:00.250Z", SrcAddr: "10.0.0.1", SrcPort: 80, Proto: "tcp", bytes: 5, bps: 0.5 },
      {
        time: "2026-01-02T00:00:10.000Z",
        SrcAddr: null,
        SrcPort: null,
        Proto: null,
        bytes: "18446744073709551615",
        bps: 2,
      },
    ],
  );
  const root = await mkdtemp(path.join(tmpdir(), "ngflow-parquet-"));
  try {
    const file = path.join(root, "rows.parquet");
    await writeFile(file, bytes);
    const engine = await openChdb(path.join(root, "engine"), SQL_LIMITS);
    const read = async (sql: string): Promise<string> =>
      (await engine.writer.queryAsync(sql, { format: "TSV" })).text();
    expect(await read(`SELECT * FROM file('${file}', 'Parquet')`)).toBe(
      "2026-01-02 00:00:00.250\t10.0.0.1\t80\ttcp\t5\t0.5\n2026-01-02 00:00:10.000\t\\N\t\\N\t\\N\t18446744073709551615\t2\n",
    );
    const types = (await read(`DESCRIBE TABLE file('${file}', 'Parquet')`))
      .split("\n")
      .map((line) => line.split("\t")[1]);
    expect(types.slice(0, 6)).toEqual([
      "DateTime64(3, \\'UTC\\')",
      "Nullable(String)",
      "Nullable(UInt16)",
      "Nullable(String)",
      "UInt64",
      "Float64",
    ]);
    await engine.close();
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}, 60_000);
