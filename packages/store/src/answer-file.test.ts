import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerFile } from "./answer-file.ts";
import { createChdbBackend } from "./chdb/backend.ts";
import { type AnswerTable, toFile } from "./clickhouse/answer-file.ts";
import type { FileFormat, SqlClient } from "./clickhouse/sql-client.ts";

it("a process without a store makes files", async () => {
  const answer = { columns: ["Proto"], rows: [{ Proto: "tcp" }] };
  const start = async (format: FileFormat) => new TextDecoder("latin1").decode(await answerFile(format, answer));
  expect([(await start("Parquet")).slice(0, 4), (await start("Arrow")).slice(0, 6)]).toEqual(["PAR1", "ARROW1"]);
});

describe("an answer becomes a file with types that fit, and comes back", () => {
  let root = "";
  let client: SqlClient;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), "ngflow-answer-"));
    client = await createChdbBackend(path.join(root, "engine")).open();
  });
  afterAll(async () => {
    await client.close();
    await rm(root, { recursive: true, force: true });
  });

  /** Columns with their types, and rows, as the database reads them from the file. */
  async function readBack(format: FileFormat, answer: AnswerTable) {
    const file = path.join(root, `rows.${format}`);
    await writeFile(file, await toFile(client, format, answer));
    const table = `file('${file}', '${format}')`;
    const described = await client.inspect(`DESCRIBE TABLE ${table}`);
    return {
      types: described.map(([name, type]) => `${String(name)} ${String(type)}`),
      rows: (await client.inspect(`SELECT * FROM ${table}`)).map((row) => row.map((value) => value && String(value))),
    };
  }

  const TIME = "Nullable(DateTime64(3, 'UTC'))";

  it.each(["Parquet", "Arrow"] as const)("%s of a query", async (format) => {
    const { types, rows } = await readBack(format, {
      columns: ["time", "SrcAddr/24", "TcpFlags", "Proto", "DurationClass", "Day", "InIfName", "bytes", "previous"],
      rows: [
        {
          ...{ time: "2026-01-02T00:00:00.250Z", "SrcAddr/24": "10.0.0.0", TcpFlags: 27, Proto: "tcp" },
          ...{ DurationClass: "1s-10s", Day: "2026-01-02T00:00:00.000+01:00", InIfName: "ge-0/0/1" },
          ...{ bytes: "18446744073709551615", previous: 2 },
        },
        {
          ...{ time: "2026-01-02T00:00:10.000Z", "SrcAddr/24": null, TcpFlags: null, Proto: null },
          ...{ DurationClass: null, Day: null, Duration: null, bytes: 5, previous: null },
        },
      ],
    });
    expect(rows).toEqual([
      [
        ...["2026-01-02 00:00:00.250", "10.0.0.0", "27", "tcp", "1s-10s", "2026-01-01 23:00:00.000", "ge-0/0/1"],
        ...["18446744073709551615", "2"],
      ],
      ["2026-01-02 00:00:10.000", ...Array.from({ length: 6 }, () => null), "5", null],
    ]);
    expect(types).toEqual([
      `time ${TIME}`,
      ...["SrcAddr/24 Nullable(String)", "TcpFlags Nullable(UInt16)", "Proto Nullable(String)"],
      ...["DurationClass Nullable(String)", `Day ${TIME}`, "InIfName Nullable(String)"],
      ...["bytes Nullable(UInt64)", "previous Nullable(UInt64)"],
    ]);
  });

  it.each([
    ["bps", 0.5, "0.5", "Nullable(Float64)"],
    ["bpp", 100, "100", "Nullable(Float64)"],
    ["bytes", 33.25, "33.25", "Nullable(Float64)"],
    ["distinct:TimeStart", 7, "7", "Nullable(UInt64)"],
    ["max:Duration", 1500, "1500", "Nullable(UInt64)"],
    ["min:TimeStart", "2026-01-02T00:00:00.250Z", "2026-01-02 00:00:00.250", TIME],
    ["max:Bytes", null, null, "Nullable(UInt64)"],
  ])("metric %s", async (metric, value, text, type) => {
    expect(await readBack("Parquet", { columns: [metric], rows: [{ [metric]: value }] })).toEqual({
      types: [`${metric} ${type}`],
      rows: [[text]],
    });
  });

  it("of SQL: names of any kind, types of the database, and text for what a file has no type for", async () => {
    const columns = ["count()", "Proto", "at", "half", "of `a`\\b", "list", "yes"];
    const types = ["UInt64", "LowCardinality(Nullable(UInt8))", "DateTime64(3, 'UTC')", "Decimal(18, 2)"];
    const values = [5, 6, "2026-01-02 00:00:00.250", 0.5, "x", "[1,2]", "true"];
    const answer = await readBack("Parquet", {
      columns,
      types: [...types, "String", "Array(UInt8)", "Bool"],
      rows: [Object.fromEntries(columns.map((column, i) => [column, values[i]]))],
    });
    expect(answer.rows).toEqual([["5", "6", "2026-01-02 00:00:00.250", "0.5", "x", "[1,2]", "true"]]);
    expect(answer.types.slice(0, 4)).toEqual([
      ...["count() Nullable(UInt64)", "Proto Nullable(UInt8)", `at ${TIME}`, "half Nullable(Decimal(18, 2))"],
    ]);
  });
});
