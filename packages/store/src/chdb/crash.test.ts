import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rollUpsOf, type Tier, TIERS } from "@ngflow/flows";
import { seededRng } from "@ngflow/base";
import { createStore, storeDirectory } from "../create-store.ts";
import { listBlockFiles } from "../spool/block-file.ts";
import { createChdbBackend } from "./backend.ts";

const testing = fileURLToPath(new URL("../testing/", import.meta.url));
const ROUNDS = Number(process.env["NGFLOW_CRASH_ROUNDS"] ?? 8);

let root: string;
let children: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-crash-"));
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  await rm(root, { recursive: true, force: true });
});

interface Writer {
  readonly child: ChildProcess;
  readonly acknowledged: () => number;
  readonly up: Promise<void>;
  readonly lines: string[];
}

function startWriter(run: number): Writer {
  const loader = path.join(testing, "source-loader.mjs");
  const script = path.join(testing, "writer-process.ts");
  const args = ["--conditions=@ngflow/source", "--import", loader, script, root, String(run)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let acknowledged = 0;
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const lines: string[] = [];
  const up = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      if (line === "up") resolve();
      if (line.startsWith("ack ")) acknowledged = Number(line.slice(4));
    });
    child.once("exit", (code, signal) =>
      reject(new Error(`writer ended before it was up: ${code ?? signal} ${stderr}`)),
    );
  });
  return { child, acknowledged: () => acknowledged, up, lines };
}

async function end(writer: Writer, signal: NodeJS.Signals): Promise<number | null> {
  writer.child.kill(signal);
  const [code] = (await once(writer.child, "close")) as [number | null];
  return code;
}

/** Per run: rows, different rows, and whether they are the first ones without a hole. */
async function storedRuns(): Promise<Map<number, { rows: number; different: number; highest: number }>> {
  const client = await createChdbBackend(storeDirectory(root)).open();
  try {
    const sql = "SELECT Domain, count(), uniqExact(FlowLabel), max(FlowLabel) FROM flows GROUP BY Domain";
    return new Map(
      (await client.inspect(sql)).map((cells) => {
        const [run, rows, different, highest] = cells.map(Number) as [number, number, number, number];
        return [run, { rows, different, highest }];
      }),
    );
  } finally {
    await client.close();
  }
}

/** Bytes and flows that each tier has, together with the flows that last too long for it. */
async function tierSums(): Promise<{ name: string; sums: string }[]> {
  const client = await createChdbBackend(storeDirectory(root)).open();
  try {
    const found = [];
    for (const { name, table } of [TIERS[0], ...rollUpsOf<Tier>(TIERS)]) {
      const flows = (of: string): string => `SELECT sum(Bytes), count() FROM ${of}`;
      const rolled = `SELECT sum(b), sum(f) FROM (SELECT Bytes AS b, Flows AS f FROM ${table} UNION ALL SELECT Bytes, 1 FROM flows_long)`;
      const [row] = await client.inspect(name === "flows" ? flows(table) : rolled);
      found.push({ name, sums: row!.join(" ") });
    }
    return found;
  } finally {
    await client.close();
  }
}

describe("a store killed at any moment", () => {
  it(
    `has every acknowledged row, once, after ${ROUNDS} kills`,
    async () => {
      const rng = seededRng(Number(process.env["NGFLOW_CRASH_SEED"] ?? 1));
      const acknowledged: number[] = [];
      for (let run = 0; run < ROUNDS; run++) {
        const writer = startWriter(run);
        await writer.up;
        // Every other run lasts long enough to be killed while it rolls up.
        await new Promise((resolve) =>
          setTimeout(resolve, run % 2 === 0 ? 20 + (rng.u32() % 400) : 900 + (rng.u32() % 900)),
        );
        await end(writer, "SIGKILL");
        acknowledged.push(writer.acknowledged());
      }
      const store = createStore({ directory: root, retentionDays: 0, ingest: false });
      await store.start();
      await store.drain();
      await store.rollUp();
      const stats = await store.stats();
      expect(stats).toMatchObject({ blocksDamaged: 0, insertErrors: 0, backlogBlocks: 0 });
      await store.stop();
      expect(await listBlockFiles(path.join(root, "spool"))).toEqual([]);
      const runs = await storedRuns();
      const [flows, ...tiers] = await tierSums();
      expect(tiers).toEqual(tiers.map(({ name }) => ({ name, sums: flows!.sums })));
      expect(Math.max(...acknowledged)).toBeGreaterThan(0);
      const rowsInDatabase = [...runs.values()].reduce((sum, { rows }) => sum + rows, 0);
      expect(stats).toMatchObject({
        ledgerAcknowledged: rowsInDatabase,
        ledgerStored: rowsInDatabase,
        ledgerDropped: 0,
        ledgerDamaged: 0,
        ledgerWaiting: 0,
        rowsMissing: 0,
        rowsUnexpected: 0,
        rowsTotal: rowsInDatabase,
      });
      for (const [run, rows] of acknowledged.entries()) {
        const stored = runs.get(run) ?? { rows: 0, different: 0, highest: -1 };
        expect({ run, repeated: stored.rows - stored.different, holes: stored.highest + 1 - stored.different }).toEqual(
          {
            run,
            repeated: 0,
            holes: 0,
          },
        );
        expect(stored.rows).toBeGreaterThanOrEqual(rows);
      }
    },
    60_000 + ROUNDS * 20_000,
  );

  it("ends in good order on SIGINT and leaves nothing behind", async () => {
    const writer = startWriter(0);
    await writer.up;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await end(writer, "SIGINT")).toBe(0);
    const stopped = writer.lines.at(-1)!;
    expect(stopped).toMatch(/^stopped \d+$/);
    const rows = Number(stopped.slice("stopped ".length));
    expect((await storedRuns()).get(0)).toEqual({ rows, different: rows, highest: rows - 1 });
    expect(await listBlockFiles(path.join(root, "spool"))).toEqual([]);
  }, 60_000);

  it("refuses a directory that another process holds, naming both", async () => {
    const writer = startWriter(0);
    await writer.up;
    const store = createStore({ directory: root });
    await expect(store.start()).rejects.toMatchObject({
      code: "store-held",
      exit: 71,
      message: `store: ${storeDirectory(root)} is in use by process ${writer.child.pid}; stop it, or choose another directory with --data`,
    });
    await end(writer, "SIGKILL");
    await store.start();
    expect((await store.stats()).rowsTotal).toBeGreaterThanOrEqual(0);
    await store.stop();
  }, 60_000);
});
