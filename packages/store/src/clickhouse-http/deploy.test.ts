import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createChdbBackend } from "../chdb/backend.ts";
import { SQL_LIMITS, type SqlClient } from "../clickhouse/sql-client.ts";
import { createStore, ledgerFile, spoolDirectory, type StoreConfig } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { type SqlServer, startSqlServer } from "../testing/http-server.ts";
import { batchOf } from "../testing/rows.ts";

/**
 * The files of `deploy/clickhouse` in today's engine: its disks are those of `disks.xml`, and what it may do is what
 * `users.sql` grants. It cannot make users, so its only one has the rights of `ngflow`.
 */
const deployed = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../deploy/clickhouse/${name}`, import.meta.url)), "utf8");

/** What the listener of the tests needs for uploads, and the administrator for backups. */
const OF_TESTS = "GRANT READ, WRITE ON FILE, CREATE TEMPORARY TABLE, BACKUP ON *.*";

const statements = deployed("users.sql")
  .replaceAll(/^--.*$/gm, "")
  .split(";")
  .map((text) => text.trim())
  .filter((text) => text !== "");

let root: string;
let server: SqlServer;
let engine: SqlClient;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-deploy-"));
  for (const name of ["cold", "backup"]) mkdirSync(path.join(root, "mnt", name, "clickhouse"), { recursive: true });
  const grants = statements
    .filter((text) => text.startsWith("GRANT ") && text.endsWith(" TO ngflow"))
    .map((text) => text.replace(/ TO ngflow$/, "").replace("ON ngflow.*", "ON default.*"));
  const [users, config] = [path.join(root, "users.xml"), path.join(root, "config.xml")];
  writeFileSync(
    users,
    "<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password>" +
      "<networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>" +
      `<grants>${[...grants, OF_TESTS].map((sql) => `<query>${sql}</query>`).join("")}</grants></default></users></clickhouse>`,
  );
  writeFileSync(
    config,
    deployed("disks.xml")
      .replaceAll("/mnt/", `${root}/mnt/`)
      .replace(
        "</clickhouse>",
        `<user_directories><users_xml><path>${users}</path></users_xml></user_directories></clickhouse>`,
      ),
  );
  const backend = createChdbBackend(path.join(root, "server"), SQL_LIMITS, [`--config-file=${config}`]);
  server = await startSqlServer({ ...backend, open: async () => (engine = await backend.open()) });
}, 60_000);

afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

const data = (): string => path.join(root, "data");

async function withStore<T>(parameters: string, use: (store: Store) => Promise<T>): Promise<T> {
  const url = `clickhouse://${server.host}/default${parameters}`;
  const config: StoreConfig = { directory: data(), url, retentionDays: 0, ingest: false, minFreeBytes: 1 };
  const store = createStore(config);
  await store.start();
  try {
    return await use(store);
  } finally {
    await store.stop();
  }
}

async function receive(rows: number, atMs: number): Promise<void> {
  const spool = createSpool({ directory: spoolDirectory(data()), ledgerFile: ledgerFile(data()) });
  await spool.start();
  spool.write(batchOf(Array.from({ length: rows }, (_, i) => ({ TimeReceived: atMs, TimeEnd: atMs, Bytes: i }))));
  await spool.stop();
}

const disks = async (): Promise<unknown> =>
  engine.inspect(
    "SELECT disk_name, sum(rows) FROM system.parts WHERE active AND table = 'flows' GROUP BY disk_name ORDER BY disk_name",
  );

it("every statement of users.sql is one of today's ClickHouse", async () => {
  expect(statements.length).toBeGreaterThan(20);
  for (const sql of statements)
    await expect(engine.inspect(`SELECT formatQuerySingleLine('${sql.replaceAll("'", "''")}')`)).resolves.toHaveLength(
      1,
    );
  await expect(engine.inspect("SELECT formatQuerySingleLine('GRANT NOTHING ON a.* TO b')")).rejects.toThrow();
});

it("ngflow does all it does with the rights of users.sql, and nothing elsewhere", async () => {
  await receive(10, Date.now());
  await withStore("", async (store) => {
    await store.drain();
    await store.rollUp();
    await store.compact();
    expect(await store.verify()).toMatchObject({ missing: [], damaged: [] });
    expect(await store.stats()).toMatchObject({ rowsTotal: 10, rowsMissing: 0 });
  });
  for (const sql of ["CREATE DATABASE other", "CREATE USER other", "CREATE TABLE system.t (a Int) ENGINE = Memory"])
    await expect(engine.run(sql)).rejects.toThrow("Not enough privileges");
}, 60_000);

it("tables get the policy of the disks, and a rule of the administrator that moves old flows stays", async () => {
  const old = Date.now() - 30 * 86_400_000;
  await withStore("?policy=hot_cold", async (store) => {
    const { freeBytes } = await store.status();
    expect(freeBytes).toBeGreaterThan(0);
    const policies = await engine.inspect(
      "SELECT DISTINCT storage_policy FROM system.tables WHERE database = 'default' AND match(name, '^flows')",
    );
    expect(policies).toEqual([["hot_cold"]]);
  });
  const [move] = /ALTER TABLE flows MODIFY TTL [^;]*/.exec(
    readFileSync(fileURLToPath(new URL("../../../../docs/how-to/clickhouse.md", import.meta.url)), "utf8"),
  )!;
  await engine.run(move);
  await receive(7, old);
  await withStore("?policy=hot_cold", async (store) => {
    await store.drain();
    expect(await disks()).toEqual([
      ["cold", "7"],
      ["default", "10"],
    ]);
    expect(await store.stats()).toMatchObject({ rowsTotal: 17, rowsMissing: 0 });
  });
  // Also without the option.
  await withStore("", (store) => store.stats());
  expect(await engine.inspect("SELECT engine_full FROM system.tables WHERE name = 'flows'")).toEqual([
    [expect.stringContaining("TO VOLUME 'cold'")],
  ]);
  await expect(withStore("?policy=other", (store) => store.stats())).rejects.toMatchObject({ code: "store-server" });
}, 60_000);

it("its database is backed up to the disk of backups, and comes back", async () => {
  const pages = readFileSync(fileURLToPath(new URL("../../../../docs/how-to/clickhouse.md", import.meta.url)), "utf8");
  const sqlOf = (word: string): string =>
    new RegExp(`^${word} DATABASE ngflow (?:TO|FROM) Disk[^;\n]*`, "m").exec(pages)![0].replace("ngflow", "default");
  await engine.run(sqlOf("BACKUP"));
  await server.clear();
  await engine.run(`${sqlOf("RESTORE")} SETTINGS create_database = 0`);
  await withStore("?policy=hot_cold", async (store) => {
    expect(await store.stats()).toMatchObject({ rowsTotal: 17, rowsMissing: 0, rowsUnexpected: 0 });
  });
}, 60_000);
