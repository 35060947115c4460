import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIp } from "@ngflow/base";
import { FlowBatch } from "@ngflow/flows";
import { createSpool, spoolDirectory } from "@ngflow/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Background, NGFLOW, run, SAME_USER } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";

/** Verbs that ask stored flows: as whole processes, of a directory and of the daemon that has it open. */

const folder = mkdtempSync(join(tmpdir(), "ngflow-questions-"));
const DATA = ["--data", folder];
const MINUTE_MS = 60_000;

interface TestFlow {
  /** Unix milliseconds: start, end and time received. */
  readonly at: number;
  readonly SrcAddr: string;
  readonly Proto: number;
  readonly DstPort?: number;
  readonly Bytes: number;
}

/** Puts flows into the spool, as a collector does. */
async function store(flows: readonly TestFlow[]): Promise<void> {
  const batch = new FlowBatch(flows.length);
  const { columns } = batch;
  for (const [row, { at, SrcAddr, Proto, DstPort = 0, Bytes }] of flows.entries()) {
    for (const time of [columns.TimeReceived, columns.TimeStart, columns.TimeEnd]) {
      time[2 * row] = at % 2 ** 32;
      time[2 * row + 1] = Math.floor(at / 2 ** 32);
    }
    columns.SrcAddr.set(parseIp(SrcAddr)!, 16 * row);
    columns.Proto[row] = Proto;
    columns.DstPort[row] = DstPort;
    columns.Bytes[2 * row] = Bytes;
    columns.Packets[2 * row] = 1;
  }
  batch.rows = flows.length;
  const spool = createSpool({ directory: spoolDirectory(folder), flushMs: 10 });
  await spool.start();
  spool.write(batch);
  await spool.stop();
}

beforeAll(async () => {
  const now = Date.now();
  await store([
    { at: now - 2 * MINUTE_MS, SrcAddr: "10.0.0.1", Proto: 6, DstPort: 443, Bytes: 900 },
    { at: now - 2 * MINUTE_MS, SrcAddr: "10.0.0.2", Proto: 17, DstPort: 53, Bytes: 100 },
    { at: now - 90 * MINUTE_MS, SrcAddr: "10.0.0.1", Proto: 6, DstPort: 443, Bytes: 50 },
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function json(...words: string[]): Record<string, unknown> {
  const { status, stdout, stderr } = run([...NGFLOW, ...words, ...DATA, "--json"], { timeoutMs: 60_000 });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The same questions, whoever answers. */
function questions(): void {
  test("sql answers a SELECT and refuses the rest", () => {
    const sql = "SELECT Proto, count() AS n, sum(Bytes) AS b FROM flows GROUP BY Proto ORDER BY b DESC";
    expect(json("sql", sql)).toMatchObject({
      columns: ["Proto", "n", "b"],
      rows: [
        { Proto: 6, n: 2, b: 950 },
        { Proto: 17, n: 1, b: 100 },
      ],
      more: false,
    });
    const refused = run([...NGFLOW, "sql", "SELECT file('/etc/hostname')", ...DATA]);
    expect(refused).toMatchObject({ status: 64, stdout: "" });
    expect(refused.stderr).toMatch(/^ngflow: sql: the function file is not allowed.*\n$/);
    const { stdout } = run([...NGFLOW, "sql", "-", ...DATA, "--format", "csv"], {
      input: "SELECT NULL AS x, 'a,b' AS y",
    });
    expect(stdout).toBe('x,y\n,"a,b"\n');
  });

  test("complete offers columns and values of the store", () => {
    expect(json("complete", "src po")).toMatchObject({ from: 0, to: 6, completions: [{ text: "src port" }] });
    const { completions } = json("complete", "SrcAddr = 10.") as { completions: { text: string }[] };
    expect(completions.map(({ text }) => text)).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(run([...NGFLOW, "complete", "--at", "x", "a", ...DATA])).toMatchObject({ status: 64 });
  });

  test("top prints one table where there is no terminal", () => {
    expect(json("top", "--by", "SrcAddr", "--metric", "bytes", "--last", "10m")).toMatchObject({
      rows: [
        { SrcAddr: "10.0.0.1", bytes: 900 },
        { SrcAddr: "10.0.0.2", bytes: 100 },
      ],
    });
  });

  test("query has the previous range, the time of arrival and extremes", () => {
    const previous = json("query", "--by", "SrcAddr", "--last", "1h", "--previous", "period");
    expect(previous["rows"]).toEqual([
      { SrcAddr: "10.0.0.1", bytes: 900, previous: 50 },
      { SrcAddr: "10.0.0.2", bytes: 100, previous: 0 },
    ]);
    expect(json("query", "--time", "arrival", "--metric", "flows")["rows"]).toEqual([{ flows: 2 }]);
    expect(json("query", "--metric", "max:Bytes", "--last", "2h", "--by", "DstPort", "--top", "1")["rows"]).toEqual([
      { DstPort: 443, "max:Bytes": 900 },
      { DstPort: null, "max:Bytes": 100 },
    ]);
  });
}

describe("of a directory", () => {
  questions();
});

describe("of the daemon that has the directory open", () => {
  let serve: Background;
  beforeAll(async () => {
    const http = `127.0.0.1:${await freeTcpPort()}`;
    serve = new Background([...NGFLOW, "serve", ...DATA, "--http", http, ...SAME_USER]);
    await serve.until(
      "the store",
      async () => (await fetch(`http://${http}/api/v1/info`).catch(() => null))?.ok === true,
    );
  });
  afterAll(() => serve.stop());

  questions();

  test("flows --follow prints what is stored meanwhile, and Ctrl-C ends it with status 0", async () => {
    const tail = new Background([...NGFLOW, "flows", "--follow", "--format", "ndjson", "proto", "icmp", ...DATA]);
    await store([{ at: Date.now(), SrcAddr: "10.0.0.7", Proto: 1, Bytes: 84 }]);
    await tail.until("the first flow", () => tail.stdout.includes("10.0.0.7"));
    await store([
      { at: Date.now(), SrcAddr: "10.0.0.8", Proto: 1, Bytes: 84 },
      { at: Date.now(), SrcAddr: "10.0.0.9", Proto: 6, Bytes: 84 },
    ]);
    await tail.until("the next flow", () => tail.stdout.includes("10.0.0.8"));
    expect(await tail.stop("SIGINT")).toMatchObject({ status: 0, stderr: "" });
    expect(tail.stdout.trim().split("\n")).toHaveLength(2);
  });

  test("Ctrl-C ends a long question in one line, and the daemon answers the next one", async () => {
    const long = new Background([...NGFLOW, "sql", "SELECT sum(number) AS s FROM numbers(100000000000)", ...DATA]);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await long.stop("SIGINT")).toMatchObject({ status: 1, stdout: "", stderr: "ngflow: interrupted\n" });
    expect(json("sql", "SELECT 1 AS a")["rows"]).toEqual([{ a: 1 }]);
  });
});
