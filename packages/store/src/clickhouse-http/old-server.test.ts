import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { DataFile } from "../clickhouse/sql-client.ts";
import { createServerBackend } from "./backend.ts";
import { type Endpoint, endpointsOf } from "./endpoint.ts";
import { serverAddress } from "./server-address.ts";
import { isNeverSent, sqlErrorOf } from "./sql-error.ts";

/**
 * ClickHouse's own listener, as Debian has it (18.16). It is older than what ngflow supports: it has no `DateTime64`,
 * `Map`, `UInt128`, window functions, `input()`, and no tokens on a MergeTree, so the contract of stores cannot run on
 * it. What goes over the wire can: logins, statements, forms, compression, errors and their numbers.
 */
const PROGRAM = "/usr/sbin/clickhouse-server";

let root: string;
let child: ChildProcess | undefined;
let host = "";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

beforeAll(async () => {
  if (!existsSync(PROGRAM)) return;
  root = await mkdtemp(path.join(tmpdir(), "ngflow-old-server-"));
  for (const name of ["data", "tmp", "log"]) await mkdir(path.join(root, name));
  const port = await freePort();
  host = `127.0.0.1:${port}`;
  const users =
    "<yandex><profiles><default><max_memory_usage>100000000</max_memory_usage></default></profiles>" +
    "<users><ngflow><password>secret</password><networks><ip>127.0.0.1</ip></networks>" +
    "<profile>default</profile><quota>default</quota></ngflow></users>" +
    "<quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors>" +
    "<result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas>" +
    "</yandex>";
  const config =
    `<yandex><logger><level>error</level><log>${root}/log/log</log><errorlog>${root}/log/errors</errorlog></logger>` +
    `<http_port>${port}</http_port><listen_host>127.0.0.1</listen_host><path>${root}/data/</path>` +
    `<tmp_path>${root}/tmp/</tmp_path><users_config>${root}/users.xml</users_config>` +
    "<default_profile>default</default_profile><default_database>default</default_database>" +
    "<mark_cache_size>5368709</mark_cache_size></yandex>";
  await writeFile(path.join(root, "users.xml"), users);
  await writeFile(path.join(root, "config.xml"), config);
  child = spawn(PROGRAM, [`--config-file=${root}/config.xml`], { stdio: "ignore" });
  await vi.waitFor(async () => expect(await (await fetch(`http://${host}/ping`)).text()).toContain("Ok."), {
    timeout: 20_000,
    interval: 100,
  });
}, 30_000);

afterAll(async () => {
  if (child === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  await rm(root, { recursive: true, force: true });
});

const url = (parameters = ""): string => `clickhouse://ngflow@${host}/default${parameters}`;

/** Answers of one server. */
class Asked {
  readonly endpoint: Endpoint;
  #ids = 0;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  async text(
    sql: string,
    settings: Readonly<Record<string, string | number>> = {},
    file?: DataFile,
    signal = AbortSignal.timeout(5000),
  ): Promise<string> {
    const of = file === undefined ? sql : (rows: string): string => sql.replaceAll("ROWS", rows);
    const statement = { sql: of, id: `test-${this.#ids++}`, settings: { wait_end_of_query: 1, ...settings }, signal };
    return (await this.endpoint.send(file === undefined ? statement : { ...statement, file })).toString();
  }

  async code(...asked: Parameters<Asked["text"]>): Promise<number | undefined> {
    const error = await this.text(...asked).then(() => undefined, sqlErrorOf);
    return error?.clickhouseCode;
  }
}

const absent = existsSync(PROGRAM) ? "" : " (not installed: clickhouse-server)";

describe.skipIf(absent !== "")(`ClickHouse 18.16${absent}`, () => {
  it("is refused as too old, whatever else it does not know", async () => {
    const opened = createServerBackend({ url: url(), password: "secret" }).open();
    await expect(opened).rejects.toMatchObject({
      code: "store-server-old",
      message: "store: the server is ClickHouse 18.16.1; ngflow needs 24 or newer",
    });
    const allowed = createServerBackend({ url: url(), password: "secret", allowOld: true }).open();
    await expect(allowed).rejects.toMatchObject({ code: "store-server" });
  });

  it("refuses a wrong password, and one who has none", async () => {
    for (const password of ["wrong", undefined]) {
      const opened = createServerBackend({ url: url(), password }).open();
      await expect(opened).rejects.toMatchObject({ code: "store-login", exit: 78 });
    }
  });

  it.each(["", "?compress=gzip"])(
    "takes statements and files, and says what is wrong by number (%s)",
    async (how) => {
      const [endpoint] = await endpointsOf(serverAddress(url(how)), { password: "secret" });
      const asked = new Asked(endpoint!);
      try {
        await asked.text("DROP TABLE IF EXISTS t");
        await asked.text("CREATE TABLE t (a UInt8, b UInt64) ENGINE = MergeTree ORDER BY a");
        const lines = path.join(root, "it's lines");
        await writeFile(lines, Array.from({ length: 50_000 }, (_, i) => `{"a":${i % 7},"b":${i}}\n`).join(""));
        const file: DataFile = { path: lines, format: "JSONEachRow", structure: "a UInt8, b UInt64" };
        expect(await asked.text("SELECT sum(a), sum(b), count() FROM ROWS", {}, file)).toBe(
          "149997\t1249975000\t50000\n",
        );
        // More than one reading: a form.
        const insert = "INSERT INTO t (a, b) SELECT a, b FROM ROWS WHERE a IN (SELECT max(a) FROM ROWS)";
        expect(await asked.text(insert, {}, file)).toBe("");
        expect(await asked.text("SELECT count(), min(a) FROM t")).toBe("7142\t6\n");
        // Connections are kept; none is in the middle of something.
        for (let i = 0; i < 5; i++) expect(await asked.text("SELECT 1")).toBe("1\n");

        expect(await asked.code("SELEC")).toBe(62);
        expect(await asked.code("SELECT throwIf(number = 3) FROM numbers(10)")).toBe(395);
        expect(await asked.code("INSERT INTO t VALUES (1, 1)", { readonly: 1 })).toBe(164);
        expect(await asked.code("SELECT 1", { no_such_setting: 1 })).toBe(115);
        expect(await asked.code("SELECT count() FROM ROWS", {}, { ...file, format: "Native" })).toEqual(
          expect.any(Number),
        );
        const slow = "SELECT max(sipHash64(number)) FROM numbers(100000000000)";
        expect(await asked.code(slow, { max_execution_time: 1 })).toBe(159);
        const large = "SELECT length(groupArray(number)) FROM numbers(100000000)";
        expect(await asked.code(large, { max_memory_usage: 20_000_000 })).toBe(241);
      } finally {
        await endpoint!.close();
      }
    },
    20_000,
  );

  it("knows a statement by its id, and ends it when it is told to", async () => {
    const [endpoint] = await endpointsOf(serverAddress(url()), { password: "secret" });
    const asked = new Asked(endpoint!);
    try {
      const leave = new AbortController();
      const slow = asked.code("SELECT sum(sleep(1)) FROM system.numbers LIMIT 1", {}, undefined, leave.signal);
      const running = "SELECT count() FROM system.processes WHERE startsWith(query_id, 'test-')";
      await expect.poll(() => asked.text(running)).toBe("2\n");
      leave.abort();
      expect(await slow).toBeUndefined();
      await asked.text("KILL QUERY WHERE query LIKE '%sleep(1)%' AND query NOT LIKE '%KILL%' ASYNC");
      await expect.poll(() => asked.text(running)).toBe("1\n");
    } finally {
      await endpoint!.close();
    }
  }, 20_000);
});

it("knows that nobody has read what was sent to a port where nobody listens", async () => {
  const [endpoint] = await endpointsOf(serverAddress(`clickhouse://127.0.0.1:${await freePort()}/`), {});
  const statement = { sql: "SELECT 1", id: "test", settings: {}, signal: AbortSignal.timeout(5000) };
  const error = await endpoint!.send(statement).catch((caught: unknown) => caught);
  expect(isNeverSent(error)).toBe(true);
  expect(sqlErrorOf(error).clickhouseCode).toBeUndefined();
  await endpoint!.close();
});
