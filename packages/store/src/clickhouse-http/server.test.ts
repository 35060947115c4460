import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ReadProgress } from "@ngflow/flows";
import { createStore, ledgerFile, spoolDirectory, type StoreConfig } from "../create-store.ts";
import { createChdbBackend } from "../chdb/backend.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { readPlace } from "../store-place.ts";
import { type SqlServer, type SqlServerConfig, startSqlServer } from "../testing/http-server.ts";
import { batchOf } from "../testing/rows.ts";
import { createServerBackend } from "./backend.ts";

const T0 = Date.UTC(2026, 0, 2, 23, 59, 59);
const DAY = 86_400_000;
const LOGIN = { user: "ngflow", password: "not to be seen" };

let root: string;
let server: SqlServer;
let fault: NonNullable<SqlServerConfig["fault"]> = () => undefined;
let passwordFile: string;
let version: string | undefined;
/** Tests so far. */
let tests = 0;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-server-"));
  passwordFile = path.join(root, "password");
  await writeFile(passwordFile, `${LOGIN.password}\n`);
  server = await startSqlServer(createChdbBackend(path.join(root, "server")), {
    login: LOGIN,
    fault: (sql, answered) => fault(sql, answered),
    version: () => version,
  });
}, 60_000);

afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

beforeEach(async () => {
  tests++;
  fault = () => undefined;
  version = undefined;
  await server.clear();
});

const url = (host = server.host): string => `clickhouse://${LOGIN.user}@${host}/default`;

async function dataDirectory(name: string): Promise<string> {
  const directory = path.join(root, `${name}${tests}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

function storeOf(directory: string, config: Partial<StoreConfig> = {}): Store {
  return createStore({ directory, url: url(), passwordFile, retentionDays: 0, ingest: false, ...config });
}

/** Puts rows into the spool of a data directory, on two days. */
async function receive(directory: string, rows: number): Promise<void> {
  const files = { directory: spoolDirectory(directory), ledgerFile: ledgerFile(directory) };
  const spool = createSpool({ ...files, flushMs: 60_000 });
  await spool.start();
  spool.write(batchOf(Array.from({ length: rows }, (_, i) => ({ TimeReceived: T0 + (i % 2) * DAY, Bytes: i + 1 }))));
  await spool.stop();
}

/** A store; it is stopped afterwards. */
async function withStore(use: (store: Store, directory: string) => Promise<void>): Promise<void> {
  const directory = await dataDirectory("data");
  const store = storeOf(directory);
  await store.start();
  try {
    await use(store, directory);
  } finally {
    fault = () => undefined;
    await store.stop();
  }
}

const isBlock = (sql: string): boolean => sql.startsWith("INSERT INTO flows ");

describe("a store on a server", () => {
  it("keeps where it is, without the password, and is found again", async () => {
    await withStore(async (store, directory) => {
      await receive(directory, 10);
      await store.drain();
      await store.stop();
      expect(readPlace(directory)).toMatchObject({ url: url(), passwordFile });
      expect(await readFile(path.join(directory, "store.json"), "utf8")).not.toContain(LOGIN.password);
      const again = createStore({ directory, retentionDays: 0, ingest: false });
      await again.start();
      expect(await again.stats()).toMatchObject({ rowsTotal: 10, ledgerStored: 10, rowsMissing: 0, databaseAwayMs: 0 });
      expect((await again.status()).server).toMatchObject({ url: url(), lacks: [] });
      await again.stop();
      await expect(createStore({ directory, url: "chdb:" }).start()).rejects.toMatchObject({ code: "store-moved" });
    });
  }, 30_000);

  it.each([
    ["before it arrives", "cut", false],
    ["before it is answered", "cut", true],
    ["before a server that stands still has begun it", "late", false],
  ] as const)(
    "has a block once whose insert is cut %s",
    async (_, kind, after) => {
      await withStore(async (store, directory) => {
        let cuts = 0;
        fault = (sql, answered) => (isBlock(sql) && answered === after && cuts++ === 0 ? kind : undefined);
        await receive(directory, 1000);
        await expect(store.drain()).rejects.toThrow(/cannot be reached/);
        await store.drain();
        // The late one has ended by now.
        await new Promise((resolve) => setTimeout(resolve, kind === "late" ? 1500 : 0));
        await store.drain();
        expect(cuts).toBe(2);
        const expected = { rowsTotal: 1000, ledgerStored: 1000, ledgerWaiting: 0, rowsMissing: 0, rowsUnexpected: 0 };
        expect(await store.stats()).toMatchObject(expected);
      });
    },
    30_000,
  );

  it("says how long a server has been away, and what it had", async () => {
    await withStore(async (store, directory) => {
      await receive(directory, 10);
      await store.drain();
      await store.stats();
      fault = () => "cut";
      await receive(directory, 5);
      await expect(store.drain()).rejects.toThrow(/cannot be reached/);
      const away = await store.stats();
      expect(away).toMatchObject({ rowsTotal: 10, ledgerWaiting: 5 });
      expect(away.databaseAwayMs).toBeGreaterThan(0);
      fault = () => undefined;
      await store.drain();
      expect(await store.stats()).toMatchObject({ rowsTotal: 15, ledgerWaiting: 0, databaseAwayMs: 0 });
    });
  }, 30_000);

  it("goes to the next server of a list when one cannot be reached", async () => {
    const directory = await dataDirectory("list");
    const store = storeOf(directory, { url: url(`127.0.0.1:1,${server.host}`) });
    await store.start();
    await receive(directory, 3);
    await store.drain();
    expect(await store.stats()).toMatchObject({ rowsTotal: 3 });
    await store.stop();
  }, 30_000);

  it("belongs to one data directory, until that is lost", async () => {
    await withStore(async (store, directory) => {
      await receive(directory, 4);
      await store.drain();
      const other = await dataDirectory("other");
      await expect(storeOf(other).start()).rejects.toMatchObject({ code: "store-claimed", exit: 78 });
      expect(readPlace(other)).toBeUndefined();
      await store.stop();
      const heir = storeOf(other, { takeOver: true });
      await heir.start();
      expect(await heir.stats()).toMatchObject({ rowsTotal: 4, ledgerStored: 4, rowsMissing: 0 });
      await heir.stop();
      await expect(storeOf(directory).start()).rejects.toMatchObject({ code: "store-moved" });
    });
  }, 30_000);

  it("answers SQL of users from its own database only", async () => {
    await withStore(async (store) => {
      const ask = async (sql: string): Promise<unknown> => (await store.sqlInPieces({ sql, limit: 1 })).frame.columns;
      expect(await ask("SELECT count() AS n FROM default.flows AS f WHERE f.Bytes > 1")).toEqual(["n"]);
      for (const sql of ["SELECT * FROM other.t", "SELECT 1 FROM system.users", "SELECT * FROM default.a.b"])
        await expect(ask(sql)).rejects.toMatchObject({ code: "bad-sql" });
    });
  }, 30_000);

  it("is opened by one process at a time", async () => {
    const directory = await dataDirectory("held");
    const held: string[] = [];
    const lock = (path: string): { release(): void } => {
      held.push(path);
      return { release: () => void held.pop() };
    };
    const store = createStore({ directory, url: url(), passwordFile }, { lock });
    await store.start();
    expect(held).toEqual([directory]);
    await store.stop();
    expect(held).toEqual([]);
    await expect(createStore({ directory, url: url("127.0.0.1:1") }, { lock }).start()).rejects.toThrow();
    expect(held).toEqual([]);
  }, 30_000);

  it.each([
    ["nobody listens", () => ({ url: "clickhouse://127.0.0.1:1/t" }), "store-unreachable", 71],
    ["the password is wrong", () => ({ password: "wrong", passwordFile: undefined }), "store-login", 78],
    ["the password file is absent", () => ({ passwordFile: "/nowhere/password" }), "store-login", 78],
    ["the URL has a password", () => ({ url: "clickhouse://u:secret@h/" }), "store-url", 78],
  ] as const)("is refused when %s", async (_, config, code, exit) => {
    const place = { url: url(), passwordFile, ...config() };
    const opened = async (): Promise<unknown> => (await createServerBackend(place).open()).close();
    const error = await opened().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, exit });
    expect(String(error)).not.toMatch(/secret|not to be seen/);
  });
});

it("tells how far a long query is", async () => {
  const client = await createServerBackend({ url: url(), passwordFile }).open();
  const seen: ReadProgress[] = [];
  const caller = new AbortController();
  const progress = (read: ReadProgress): void => {
    seen.push(read);
    if (seen.length > 1) caller.abort();
  };
  await client.read("SELECT 1", { progress });
  expect(seen).toEqual([]);
  const long = client.read("SELECT max(sipHash64(number)) FROM numbers(100000000000)", {
    progress,
    signal: caller.signal,
  });
  await expect(long).rejects.toMatchObject({ clickhouseCode: 394 });
  expect(seen[1]!.rows).toBeGreaterThan(0);
  expect(seen[1]!.elapsedMs).toBeGreaterThanOrEqual(seen[0]!.elapsedMs);
  await client.close();
}, 30_000);

it("takes no server that is older than 24, unless it is told to", async () => {
  version = "23.8.1.1";
  const place = { url: url(), passwordFile };
  await expect(createServerBackend(place).open()).rejects.toMatchObject({ code: "store-server-old", exit: 78 });
  const allowed = await createServerBackend({ ...place, allowOld: true }).open();
  expect(allowed.facts?.version).toBe("23.8.1.1");
  await allowed.close();
}, 30_000);

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"]);
    return true;
  } catch {
    return false;
  }
}

it.runIf(hasOpenssl())(
  "speaks TLS, and believes only who its certificates say",
  async () => {
    const [key, cert] = ["server.key", "server.crt"].map((name) => path.join(root, name)) as [string, string];
    const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert];
    const subject = ["-subj", "/CN=server", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...made, ...subject], { stdio: "ignore" });
    const front = createTlsServer({ key: await readFile(key), cert: await readFile(cert) }, (socket) => {
      const [host, port] = server.host.split(":");
      const back = connect(Number(port), host);
      socket.on("error", () => back.destroy()).pipe(back);
      back.on("error", () => socket.destroy()).pipe(socket);
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    const place = {
      url: `clickhouse+https://${LOGIN.user}@127.0.0.1:${(front.address() as AddressInfo).port}/default?compress=gzip`,
      passwordFile,
    };
    try {
      const client = await createServerBackend({ ...place, caFile: cert }).open();
      await client.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
      const file = path.join(root, "rows");
      await writeFile(file, '{"a":1}\n{"a":2}\n');
      const rows = { path: file, format: "JSONEachRow", structure: "a UInt8" } as const;
      await client.over(rows, (read) => `INSERT INTO t (a) SELECT a FROM ${read}`);
      expect(await client.over(rows, (read) => `SELECT sum(a) FROM ${read}`)).toEqual([["3"]]);
      expect(await client.inspect("SELECT sum(a), count() FROM t")).toEqual([["3", "2"]]);
      await client.close();
      const refused = createServerBackend(place).open();
      await expect(refused).rejects.toMatchObject({
        code: "store-unreachable",
        message: expect.stringMatching(/self.signed certificate/),
      });
    } finally {
      front.close();
    }
  },
  30_000,
);
