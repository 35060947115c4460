import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { seededRng } from "@ngflow/base";
import { rollUpsOf, type Tier, TIERS } from "@ngflow/flows";
import { createStore } from "../create-store.ts";
import { listBlockFiles } from "../spool/block-file.ts";
import { readPlace } from "../store-place.ts";
import { type ServerProcess, startServerProcess } from "../testing/server-process.ts";
import { createServerBackend } from "./backend.ts";

const testing = fileURLToPath(new URL("../testing/", import.meta.url));
const ROUNDS = Number(process.env["NGFLOW_CRASH_ROUNDS"] ?? 2);

let root: string;
let server: ServerProcess;
let writer: ChildProcess | undefined;
const writers: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-server-crash-"));
  server = await startServerProcess(path.join(root, "server"));
}, 60_000);

afterEach(async () => {
  for (const each of writers.splice(0)) each.kill("SIGKILL");
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

const dataDirectory = (collector = ""): string => path.join(root, `data${collector}`);
const url = (collector = ""): string =>
  `clickhouse://${server.host}/default${collector === "" ? "" : `?collector=${collector}`}`;

/** A process that collects and stores until it is killed; resolves when it is up. */
async function startWriter(
  run: number,
  collector = "",
): Promise<{ readonly acknowledged: () => number; readonly storing: () => boolean }> {
  const [loader, script] = ["source-loader.mjs", "writer-process.ts"].map((name) => path.join(testing, name));
  const words = [dataDirectory(collector), String(run), url(collector), collector === "" ? "1" : "200"];
  const args = ["--conditions=@ngflow/source", "--import", loader!, script!, ...words];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  writer = child;
  writers.push(child);
  let [acknowledged, stderr] = [0, ""];
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line === "up") resolve();
      if (line.startsWith("ack ")) acknowledged = Number(line.slice(4));
    });
    child.once("exit", (code, signal) => reject(new Error(`the writer ended: ${code ?? signal} ${stderr}`)));
  });
  return { acknowledged: () => acknowledged, storing: () => child.exitCode === null };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function restartServer(): Promise<void> {
  const port = Number(server.host.split(":")[1]);
  await kill(server.child);
  await setTimeout(200);
  server = await startServerProcess(path.join(root, "server"), port);
}

/** Rows of the answer to SQL, as numbers. */
async function ask(sql: string): Promise<number[][]> {
  const client = await createServerBackend({ url: url() }).open();
  try {
    return (await client.inspect(sql)).map((row) => row.map(Number));
  } finally {
    await client.close();
  }
}

it(
  `has every acknowledged row, once, after ${ROUNDS} kills of ngflow and of the server`,
  async () => {
    const rng = seededRng(Number(process.env["NGFLOW_CRASH_SEED"] ?? 1));
    const acknowledged: number[] = [];
    for (let run = 0; run < ROUNDS; run++) {
      const running = await startWriter(run);
      await setTimeout(20 + (rng.u32() % 250));
      if (run % 2 === 1) {
        // ngflow goes on meanwhile, and after it.
        await restartServer();
        await setTimeout(100 + (rng.u32() % 250));
        expect(running.storing()).toBe(true);
      }
      await kill(writer!);
      acknowledged.push(running.acknowledged());
    }
    expect(readPlace(dataDirectory())?.url).toBe(url());
    const store = createStore({ directory: dataDirectory(), retentionDays: 0, ingest: false });
    await store.start();
    await store.drain();
    await store.rollUp();
    const stats = await store.stats();
    await store.stop();
    expect(await listBlockFiles(path.join(dataDirectory(), "spool"))).toEqual([]);
    const runs = new Map(
      (await ask("SELECT Domain, count(), uniqExact(FlowLabel), max(FlowLabel) FROM flows GROUP BY Domain")).map(
        ([run = 0, rows = 0, different = 0, highest = 0]) => [run, { rows, different, highest }] as const,
      ),
    );
    let rowsInDatabase = 0;
    for (const [run, rows] of acknowledged.entries()) {
      const stored = runs.get(run) ?? { rows: 0, different: 0, highest: -1 };
      rowsInDatabase += stored.rows;
      const { different, highest } = stored;
      expect({ run, repeated: stored.rows - different, holes: highest + 1 - different }).toEqual({
        ...{ run, repeated: 0, holes: 0 },
      });
      expect(stored.rows).toBeGreaterThanOrEqual(rows);
    }
    expect(Math.max(...acknowledged)).toBeGreaterThan(0);
    expect(stats).toMatchObject({
      ...{ ledgerAcknowledged: rowsInDatabase, ledgerStored: rowsInDatabase, rowsTotal: rowsInDatabase },
      ...{ ledgerDamaged: 0, ledgerWaiting: 0, rowsMissing: 0, rowsUnexpected: 0, blocksDamaged: 0 },
    });
    const [flows] = await ask("SELECT sum(Bytes), count() FROM flows");
    for (const { table } of rollUpsOf<Tier>(TIERS)) {
      const both = `SELECT Bytes AS b, Flows AS f FROM ${table} UNION ALL SELECT Bytes, 1 FROM flows_long`;
      expect(await ask(`SELECT sum(b), sum(f) FROM (${both})`)).toEqual([flows]);
    }
  },
  60_000 + ROUNDS * 20_000,
);

it("goes on with one collector when another one is killed, and has every row of both once", async () => {
  const one = await startWriter(0, "a");
  const killed = writer!;
  const other = await startWriter(1, "b");
  const often = { interval: 20, timeout: 60_000 };
  await expect.poll(() => Math.min(one.acknowledged(), other.acknowledged()), often).toBeGreaterThan(50);
  await kill(killed);
  const before = other.acknowledged();
  await expect.poll(() => other.acknowledged(), often).toBeGreaterThan(before + 50);
  expect(other.storing()).toBe(true);
  await kill(writer!);
  const acknowledged = [one.acknowledged(), other.acknowledged()];
  const stores = ["a", "b"].map((collector) =>
    createStore({ directory: dataDirectory(collector), url: url(collector), retentionDays: 0, ingest: false }),
  );
  const rowsOf = async (store: (typeof stores)[number]): Promise<readonly object[]> => {
    const range = { fromMs: 0, toMs: Date.UTC(2027, 0) };
    return (await store.query({ ...range, by: ["Domain"], metric: "flows" })).rows;
  };
  for (const store of stores) await store.start();
  for (const store of stores) await store.drain();
  await stores[0]!.rollUp();
  const found = await Promise.all(stores.map(rowsOf));
  for (const store of stores)
    expect(await store.stats()).toMatchObject({
      ledgerDamaged: 0,
      ledgerWaiting: 0,
      rowsMissing: 0,
      rowsUnexpected: 0,
    });
  for (const store of stores) await store.stop();
  expect(found[1]).toEqual(found[0]);
  const byDomain = new Map((found[0] as { Domain: number; flows: number }[]).map((row) => [row.Domain, row.flows]));
  for (const [run, table] of ["flows_of_a", "flows_of_b"].entries()) {
    const [[rows = 0, different, highest = 0] = []] = await ask(
      `SELECT count(), uniqExact(FlowLabel), max(FlowLabel) FROM ${table}`,
    );
    expect([different, highest + 1, byDomain.get(run)]).toEqual([rows, rows, rows]);
    expect(rows).toBeGreaterThanOrEqual(acknowledged[run]!);
  }
}, 120_000);
