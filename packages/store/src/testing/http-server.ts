import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import type { DataFile, SqlBackend, SqlClient, SqlError } from "../clickhouse/sql-client.ts";

/**
 * A server with the part of ClickHouse's HTTP interface that ngflow uses, in front of an embedded database: the real
 * engine, but another listener.
 */
export interface SqlServer {
  /** `host:port`. */
  readonly host: string;
  /** Drops every table. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface SqlServerConfig {
  /** Default: any free one. */
  readonly port?: number;
  /** Who may ask. Default: everybody. */
  readonly login?: { readonly user: string; readonly password: string };
  /** What `version()` says. Default: that of the engine. */
  readonly version?: () => string | undefined;
  /**
   * What happens to a request; for tests of faults. `answered` is whether the statement has run. The connection is cut,
   * and with `late` the statement is run later all the same.
   */
  readonly fault?: (sql: string, answered: boolean) => Fault | undefined;
  /** What the engine runs instead of a statement. */
  readonly adapt?: (sql: string) => string;
}

function adapting(
  { read, inspect, run, over, convert, native, close }: SqlClient,
  adapt: (sql: string) => string,
): SqlClient {
  return {
    read: (sql, options) => read(adapt(sql), options),
    inspect: (sql) => inspect(adapt(sql)),
    run: (sql) => run(adapt(sql)),
    over: (file, statement, token) => over(file, (rows) => adapt(statement(rows)), token),
    native: (sql) => native(adapt(sql)),
    convert,
    close,
  };
}

type Fault = "cut" | "late";

/** How much later. */
const LATE_MS = 1000;

/** The tag of a statement of the server: its id, by which `system.processes` is asked for it. */
const ID_OF_QUERY = "extract(query, '/[*] (ngflow-[^ ]*) [*]/')";

/**
 * `POST /` with the statement as body; `POST /?query=INSERT…` with the rows of `input()`; or
 * `POST /?query=…&NAME_format=…&NAME_structure=…` with a form that has the file NAME: an external table. With
 * `readonly=1` it is a query that ends when its caller goes away.
 */
export async function startSqlServer(backend: SqlBackend, config: SqlServerConfig = {}): Promise<SqlServer> {
  const client = await backend.open();
  const { adapt = (sql: string) => sql } = config;
  const server = createServer((request, response) => void answer(adapting(client, adapt), config, request, response));
  await new Promise<void>((resolve) => server.listen(config.port ?? 0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async clear() {
      const tables = await client.inspect("SELECT name FROM system.tables WHERE database = currentDatabase()");
      for (const [name] of tables) await client.run(`DROP TABLE ${String(name)} SYNC`);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await client.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  client: SqlClient,
  config: SqlServerConfig,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    if (!isAllowed(request, config)) throw failure(516, "Authentication failed (AUTHENTICATION_FAILED)");
    const { sql, result } = await run(client, config, request, gone.signal);
    if (config.fault?.(sql, true) === "cut") request.socket.destroy();
    else response.end(result);
  } catch (error) {
    const { clickhouseCode, message } = error as SqlError;
    if (clickhouseCode === undefined) {
      request.socket.destroy();
      return;
    }
    response.statusCode = clickhouseCode === 516 ? 403 : 500;
    response.setHeader("X-ClickHouse-Exception-Code", clickhouseCode);
    response.end(/^Code: \d/.test(message) ? message : `Code: ${clickhouseCode}. DB::Exception: ${message}`);
  }
}

function isAllowed({ headers }: IncomingMessage, { login }: SqlServerConfig): boolean {
  if (login === undefined) return true;
  const { user, password } = login;
  const [, text = ""] = /^Basic (.*)$/.exec(headers.authorization ?? "") ?? [];
  if (Buffer.from(text, "base64").toString() === `${user}:${password}`) return true;
  return headers["x-clickhouse-user"] === user && headers["x-clickhouse-key"] === password;
}

function failure(clickhouseCode: number, message: string): SqlError {
  return Object.assign(new Error(`Code: ${clickhouseCode}. DB::Exception: ${message}`), { clickhouseCode });
}

async function run(
  client: SqlClient,
  config: SqlServerConfig,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<{ readonly sql: string; readonly result: string | Uint8Array }> {
  const { searchParams } = new URL(request.url!, "http://localhost");
  const bytes = request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request;
  const body = new Response(Readable.toWeb(bytes) as ReadableStream, {
    headers: { "content-type": request.headers["content-type"] ?? "text/plain" },
  });
  const query = searchParams.get("query");
  const isForm = request.headers["content-type"]?.startsWith("multipart/form-data") === true;
  const sql = query ?? (await body.text());
  const upload = query === null ? undefined : isForm ? await formFile(body, searchParams) : await inputFile(body, sql);
  const fault = config.fault?.(sql, false);
  if (fault === "cut") throw new Error("cut");
  if (fault === "late") {
    request.socket.destroy();
    await setTimeout(LATE_MS);
  }
  const version = sql.startsWith("SELECT version()") ? config.version?.() : undefined;
  const shown = (rows: readonly (readonly unknown[])[]): string =>
    searchParams.has("default_format") ? toLines(rows) : rows.map((row) => `${row.join("\t")}\n`).join("");
  if (version !== undefined) return { sql, result: shown([[version, "default"]]) };
  const tagged = `/* ${searchParams.get("query_id") ?? ""} */ ${sql.replaceAll(/\bquery_id\b/g, ID_OF_QUERY)}`;
  if (upload !== undefined) {
    const fileFormat = searchParams.get("default_format");
    const result = await withFile<string | Uint8Array>(upload, (file) =>
      fileFormat === "Parquet" || fileFormat === "Arrow"
        ? client.convert(file, fileFormat)
        : client.over(file, (table) => withToken(upload.sqlOver(tagged, table), searchParams)).then(toLines),
    );
    return { sql, result };
  }
  if (searchParams.get("default_format") === "Native") return { sql, result: await client.native(tagged) };
  if (searchParams.get("readonly") === "1") return { sql, result: await client.read(tagged, { signal }) };
  if (/^\s*(SELECT|SHOW|EXISTS|DESCRIBE)\b/i.test(sql)) return { sql, result: shown(await client.inspect(tagged)) };
  await client.run(tagged);
  return { sql, result: "" };
}

/** A setting of the request as one of the statement. */
function withToken(sql: string, parameters: URLSearchParams): string {
  const token = parameters.get("insert_deduplication_token");
  if (token === null || !/\bINSERT INTO\b/.test(sql) || sql.endsWith(" SETTINGS insert_deduplicate = 0")) return sql;
  return `${sql} SETTINGS insert_deduplication_token = '${token}'`;
}

/** Rows that came with a statement. */
interface Upload extends Omit<DataFile, "path"> {
  readonly bytes: ArrayBuffer;
  /** The statement with the table expression that the rows are read from. */
  sqlOver(sql: string, rows: string): string;
}

/** The external table of a form. */
async function formFile(body: Response, parameters: URLSearchParams): Promise<Upload> {
  const [name, file] = [...(await body.formData()).entries()][0] as [string, File];
  return {
    bytes: await file.arrayBuffer(),
    format: parameters.get(`${name}_format`) as DataFile["format"],
    structure: parameters.get(`${name}_structure`)!,
    sqlOver: (sql, rows) => sql.replaceAll(name, rows),
  };
}

/** The body of `INSERT INTO … SELECT … FROM input('structure') … FORMAT …`. */
async function inputFile(body: Response, sql: string): Promise<Upload> {
  const [, structure = "", format = ""] = /\binput\('((?:[^'\\]|\\.)*)'\).* FORMAT (\w+)$/s.exec(sql) ?? [];
  return {
    bytes: await body.arrayBuffer(),
    format: format as DataFile["format"],
    structure: structure.replaceAll(/\\(.)/g, "$1"),
    sqlOver: (text, rows) => text.replace(/\binput\('(?:[^'\\]|\\.)*'\)/, () => rows).replace(/ FORMAT \w+$/, ""),
  };
}

/** Keeps the rows in a file for as long as a statement runs. */
async function withFile<T>(
  { bytes, format, structure }: Upload,
  statement: (file: DataFile) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), "ngflow-upload-"));
  try {
    const file = path.join(directory, "rows");
    await writeFile(file, new Uint8Array(bytes));
    return await statement({ path: file, format, structure });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function toLines(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
