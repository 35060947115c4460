import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { SAME_TIME_MS } from "@ngflow/flows";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChdbBackend } from "../chdb/backend.ts";
import { isDuplicate, type Seen } from "../testing/duplicate-oracle.ts";
import { comparedColumns, overlapping, rowOf } from "./overlaps.ts";
import { parseRows } from "./row-slices.ts";
import { SQL_LIMITS, type SqlClient } from "./sql-client.ts";

const MIB = 2 ** 20;
/** A quarter of what a query has on the smallest machine. */
const LIMITS = { ...SQL_LIMITS, maxQueryMemoryBytes: 128 * MIB };
const COLUMNS =
  "SrcAddr IPv6, DstAddr IPv6, SrcPort UInt16, DstPort UInt16, Proto UInt8, IcmpType UInt8, IcmpCode UInt8," +
  " ExporterAddr IPv6, Direction UInt8, SamplingRate UInt32, TimeStart DateTime64(3, 'UTC'), TimeEnd DateTime64(3, 'UTC')";

let root: string;
let client: SqlClient;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-overlaps-"));
  client = await createChdbBackend(root, LIMITS).open("test");
}, 60_000);

afterAll(async () => {
  await client.close();
  await rm(root, { recursive: true, force: true });
});

/** The rows of a statement are the flows. */
async function given(rows: string): Promise<void> {
  await client.run("DROP TABLE IF EXISTS seen SYNC");
  await client.run(`CREATE TABLE seen (${COLUMNS}, row UInt32) ENGINE = MergeTree ORDER BY tuple()`);
  await client.run(`INSERT INTO seen ${rows}`);
}

/** A value of the rows that are duplicates. */
async function again(value: string): Promise<unknown[]> {
  const duplicates = overlapping(`SELECT ${comparedColumns("seen")} FROM seen`);
  return parseRows(await client.read(`SELECT ${value} FROM seen WHERE ${rowOf("seen")} IN (${duplicates})`)).map(
    ([cell]) => cell,
  );
}

const time = (ms: string | number): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;

test("the rows found are those of the definition, whatever points, rates and times flows have", async () => {
  const seen = fc.record({
    ExporterAddr: fc.constantFrom("192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1", "2001:db8::1", "fe80::1"),
    Direction: fc.constantFrom(0, 1),
    SamplingRate: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constantFrom(1, 2, 10, 4_294_967_295)),
    // Just within and just beyond what is at the same time.
    TimeStart: fc
      .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: -1, max: 1 }))
      .map(([steps, more]) => Math.max(0, (steps * SAME_TIME_MS) / 2 + more)),
    lasts: fc.constantFrom(-7, 0, 1, SAME_TIME_MS, 4 * SAME_TIME_MS),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(seen, { minLength: 1, maxLength: 14 }), { maxLength: 60 }), async (drawn) => {
      const flows = drawn.map((rows): Seen[] =>
        rows.map(({ lasts, ...one }) => ({ ...one, TimeEnd: Math.max(0, one.TimeStart + lasts) })),
      );
      const rows = flows.flatMap((ofFlow, port) => ofFlow.map((one) => ({ one, ofFlow, port })));
      const values = rows.map(
        ({ one, port }, i) =>
          `('::1', '::2', ${port}, 1, 6, 0, 0, '${one.ExporterAddr}', ${one.Direction}, ${one.SamplingRate},` +
          ` ${time(one.TimeStart)}, ${time(one.TimeEnd)}, ${i})`,
      );
      await given(rows.length === 0 ? "SELECT * FROM seen" : `VALUES ${values.join(", ")}`);
      const expected = rows.flatMap(({ one, ofFlow }, i) => (isDuplicate(one, ofFlow) ? [i] : []));
      expect((await again("row")).map(Number).sort((a, b) => a - b)).toEqual(expected);
    }),
    { numRuns: 25 },
  );
}, 120_000);

test("one flow has 150,000 rows of three points, and then 3,000 points", async () => {
  const [rows, everyMs] = [50_000, 60_000];
  // The first point has every second one of the second; the third reaches over into the next.
  const point = (row: string): string => `intDiv(${row}, ${rows})`;
  const start = `(number % ${rows}) * if(${point("number")} = 0, 2, 1) * ${everyMs}`;
  await given(
    `SELECT '::1', '::2', 1, 1, 6, 0, 0, IPv4ToIPv6(toIPv4(${point("number")})), 0, 0, ${time(start)},` +
      ` ${time(`${start} + if(${point("number")} = 2, ${everyMs}, 10)`)}, number FROM numbers(${3 * rows})`,
  );
  expect((await again("count()")).map(Number)).toEqual([rows / 2 + rows]);
  await given(
    `SELECT '::1', '::2', 1, 1, 6, 0, 0, IPv4ToIPv6(toIPv4(number % 3000)), 0, 0, ${time("intDiv(number, 3000) * 1000")},` +
      ` ${time("intDiv(number, 3000) * 1000")}, number FROM numbers(12000)`,
  );
  expect((await again("count()")).map(Number)).toEqual([12_000 - 4]);
}, 60_000);

// Half of the flows are seen by one exporter, a quarter each by two and three.
test("two million rows are compared in 128 MiB", async () => {
  const flow = "intDiv(number, 4)";
  const copy = "number % 4";
  const isThere = `${copy} = 0 OR (${flow} % 4 = 2 AND ${copy} < 2) OR (${flow} % 4 = 3 AND ${copy} < 3)`;
  await given(
    `SELECT toIPv6(toFixedString(reinterpretAsString(toUInt128(${flow})), 16)), '::2', 1, 1, 6, 0, 0,` +
      ` IPv4ToIPv6(toIPv4(${copy})), 0, 0, ${time(`${flow} * 10`)}, ${time(`${flow} * 10`)}, ${copy}` +
      ` FROM numbers(4600000) WHERE ${isThere}`,
  );
  const [[all]] = parseRows(await client.read("SELECT count() FROM seen")) as [[string]];
  expect(Number(all)).toBeGreaterThan(2_000_000);
  expect((await again("count()")).map(Number)).toEqual([(1_150_000 * 3) / 4]);
}, 120_000);
