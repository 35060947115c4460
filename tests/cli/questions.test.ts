import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIp } from "@ngflow/base";
import { FlowBatch } from "@ngflow/flows";
import { createSpool, spoolDirectory } from "@ngflow/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Background, NGFLOW, run, SAME_USER, sleep } from "../support/command.ts";
import type { Report } from "../../apps/ngflow/src/report/report.ts";
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
  test("report has the totals and percentiles that query has", () => {
    const report = json("report", "--last", "3h") as unknown as Report;
    expect(report.totals.bytes.now).toBe(1050);
    expect(report.totals.flows.now).toBe(3);
    expect(report.tables.find(({ title }) => title === "Protocols")!.rows.map(({ bytes }) => bytes.now)).toEqual([
      950, 100,
    ]);
    const words = ["--by", "ExporterAddr,InIf", "--metric", "bps", "--statistic", "p95", "--last", "3h"];
    const { rows } = json("query", ...words) as { readonly rows: readonly { readonly bps: number }[] };
    expect(report.billing.filter(({ direction }) => direction === "in").map(({ p95 }) => p95)).toEqual(
      rows.map(({ bps }) => bps),
    );
  });

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
    const empty = { status: 64, stdout: "", stderr: "ngflow: sql: no statement; write a SELECT in quotes\n" };
    expect(run([...NGFLOW, "sql", " ", ...DATA])).toMatchObject(empty);
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

  test("query --cost says what would be read, and why it is flows", () => {
    expect(json("query", "--by", "DstPort", "--last", "3h", "--cost")).toMatchObject({
      tier: "flows",
      tiers: [{ name: "flows", parts: expect.any(Number), rows: 3 }],
      rows: 3,
      aboutMs: expect.any(Number),
      why: "there are no sums by DstPort",
    });
    const { stdout } = run([
      ...NGFLOW,
      "query",
      "--by",
      "Proto",
      "--counters",
      "raw",
      "--last",
      "3h",
      "--cost",
      ...DATA,
    ]);
    expect(stdout).toMatch(
      /^tier +parts +rows +bytes\nflows +\d+ +3 +\d+\n\nreads 3 rows in \d+ parts?, .* on disk, under 0\.1 s\nplan flows, .*\nflows are read: sums are multiplied by the sampling rate, so counters as exported are only in the flows\n$/,
    );
  });

  test("flows and sql --cost say what would be read", () => {
    const read = { tiers: [{ name: "flows", rows: 3 }], rows: 3, aboutMs: expect.any(Number) };
    expect(json("flows", "--last", "3h", "--cost")).toMatchObject({ ...read, endsEarly: true });
    expect(json("flows", "--last", "3h", "--sort", "Bytes", "--cost")).toMatchObject({ ...read, endsEarly: false });
    expect(json("sql", "SELECT sum(Bytes) AS b FROM flows", "--cost")).toMatchObject(read);
    expect(json("query", "--last", "3h", "--duplicates", "once", "--cost")).toMatchObject({ rows: 9 });
    const words = ["flows", "--last", "3h", "--cost", ...DATA];
    expect(run([...NGFLOW, ...words]).stdout).toMatch(
      /^tier +parts +rows +bytes\nflows +\d+ +3 +\d+\n\nreads at most 3 rows in .*\nfrom .* to .*\nreading ends when /,
    );
    expect(run([...NGFLOW, "sql", "SELECT file('/etc/hostname')", "--cost", ...DATA])).toMatchObject({ status: 64 });
    expect(run([...NGFLOW, "flows", "--follow", "--cost", ...DATA])).toMatchObject({ status: 64 });
  });

  test("a filter takes thousands of prefixes from a file", () => {
    const file = join(folder, "nets.txt");
    const others = Array.from({ length: 5000 }, (_, i) => `172.${16 + (i >> 8)}.${i & 255}.0/24`);
    writeFileSync(file, ["# ours", ...others, "10.0.0.2/31", "192.0.2.1", ""].join("\n"));
    const filter = `src net in @${file}`;
    expect(json("query", "--metric", "bytes", filter)["rows"]).toEqual([{ bytes: 100 }]);
    expect(json("query", "--metric", "bytes", "not", filter)["rows"]).toEqual([{ bytes: 900 }]);
    expect(json("flows", "--last", "3h", filter)["rows"]).toMatchObject([{ SrcAddr: "10.0.0.2" }]);
    expect(json("query", "--cost", filter)["rows"]).toBeGreaterThan(0);
    expect(json("flows", "--cost", filter)["rows"]).toBeGreaterThan(0);
    writeFileSync(file, "10.0.0.1\n10.0.0.256\n");
    const { status, stderr } = run([...NGFLOW, "query", filter, ...DATA]);
    expect([status, stderr]).toEqual([
      64,
      expect.stringContaining('nets.txt line 2: "10.0.0.256" is not a prefix, at'),
    ]);
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

/** Takes longer than anybody waits. */
const ENDLESS = "SELECT sum(number) AS s FROM numbers(100000000000)";

/** Whether a process runs a statement: the database names its threads. */
function runsStatement(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).some((id) => readFileSync(`${tasks}/${id}/comm`, "latin1").startsWith("QueryPipeline"));
}

describe("of a directory", () => {
  questions();

  test("Ctrl-C ends sql, and what it would read, at once", async () => {
    for (const words of [[ENDLESS], [`SELECT * FROM flows WHERE Bytes = (${ENDLESS})`, "--cost"]]) {
      const long = new Background([...NGFLOW, "sql", ...words, ...DATA]);
      // Short statements run while the store is opened, this one goes on.
      await long.until(
        "the statement",
        async () => runsStatement(long.pid) && (await sleep(1000), runsStatement(long.pid)),
      );
      expect(await long.stop("SIGINT")).toMatchObject({ status: 130, stdout: "", stderr: "ngflow: interrupted\n" });
    }
  });
});

describe("of the daemon that has the directory open", () => {
  let serve: Background;
  let http = "";
  beforeAll(async () => {
    http = `127.0.0.1:${await freeTcpPort()}`;
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

  test("Ctrl-C and a closed connection free the engine at once", async () => {
    // One statement runs at a time; each would take its 30 seconds.
    const caller = new AbortController();
    const asked = fetch(`http://${http}/api/v1/sql?sql=${encodeURIComponent(ENDLESS)}`, { signal: caller.signal });
    const closed = asked.then(
      () => "answered",
      ({ name }: Error) => name,
    );
    const short = (timeoutMs: number): Promise<boolean> =>
      fetch(`http://${http}/api/v1/sql?sql=${encodeURIComponent("SELECT 1 AS a")}`, {
        signal: AbortSignal.timeout(timeoutMs),
      }).then(
        ({ ok }) => ok,
        () => false,
      );
    const waiting = async (): Promise<string | undefined> =>
      /^ngflow_server_queries_waiting (\d+)$/m.exec(await (await fetch(`http://${http}/metrics`)).text())?.[1];
    await expect.poll(() => short(1500), { timeout: 20_000 }).toBe(false);
    const long = new Background([...NGFLOW, "sql", ENDLESS, ...DATA]);
    await expect.poll(waiting, { timeout: 20_000 }).toBe("1");
    // One that waits for its turn ends at once, too; flows need not wait.
    const next = new Background([...NGFLOW, "sql", ENDLESS, ...DATA]);
    await expect.poll(waiting, { timeout: 20_000 }).toBe("2");
    expect(json("flows", "--last", "3h")["rows"]).not.toEqual([]);
    expect(await next.stop("SIGINT")).toMatchObject({ status: 130, stdout: "", stderr: "ngflow: interrupted\n" });
    caller.abort();
    expect(await closed).toBe("AbortError");
    await expect.poll(waiting, { timeout: 20_000 }).toBe("0");
    expect(await long.stop("SIGTERM")).toMatchObject({ status: 143, stdout: "", stderr: "ngflow: interrupted\n" });
    expect(await Promise.all([short(10_000), short(10_000)])).toEqual([true, true]);
  });
});
