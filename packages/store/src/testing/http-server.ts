import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import type { DataFile, SqlBackend, SqlClient, SqlError } from "../clickhouse/sql-client.ts";

/**
 * A server with the part of ClickHouse's HTTP interface that `http-backend.ts` uses, in front of an embedded database.
 */
export interface SqlServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `POST /` with the statement as body. With `default_format=…` it is a question that has rows, and with `readonly=1` a
 * query that ends when its caller goes away. Or `POST /?query=…&NAME_format=…&NAME_structure=…` with a form that has
 * the file NAME: an external table.
 */
export async function startSqlServer(backend: SqlBackend): Promise<SqlServer> {
  const client = await backend.open();
  const server = createServer((request, response) => void answer(client, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await client.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(client: SqlClient, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    response.end(await run(client, request, gone.signal));
  } catch (error) {
    const { clickhouseCode, message } = error as SqlError;
    response.statusCode = 500;
    if (clickhouseCode !== undefined) response.setHeader("X-ClickHouse-Exception-Code", clickhouseCode);
    response.end(message);
  }
}

async function run(client: SqlClient, request: IncomingMessage, signal: AbortSignal): Promise<string | Uint8Array> {
  const { searchParams } = new URL(request.url!, "http://localhost");
  const body = new Response(Readable.toWeb(request) as ReadableStream, {
    headers: { "content-type": request.headers["content-type"] ?? "text/plain" },
  });
  const query = searchParams.get("query");
  if (query !== null)
    return withUpload(await body.formData(), searchParams, (name, file) =>
      searchParams.get("default_format") === "Parquet"
        ? client.convert(file, "Parquet")
        : client.over(file, (table) => query.replaceAll(name, table)).then(toLines),
    );
  const sql = await body.text();
  if (searchParams.get("readonly") === "1") return client.read(sql, { signal });
  if (searchParams.has("default_format")) return toLines(await client.inspect(sql));
  await client.run(sql);
  return "";
}

/** Keeps the one file of a form for as long as a statement runs. */
async function withUpload<T>(
  form: FormData,
  parameters: URLSearchParams,
  statement: (name: string, file: DataFile) => Promise<T>,
): Promise<T> {
  const [name, upload] = [...form.entries()][0] as [string, File];
  const directory = await mkdtemp(path.join(tmpdir(), "ngflow-upload-"));
  try {
    const file = path.join(directory, "rows");
    await writeFile(file, new Uint8Array(await upload.arrayBuffer()));
    return await statement(name, {
      path: file,
      format: parameters.get(`${name}_format`) as DataFile["format"],
      structure: parameters.get(`${name}_structure`)!,
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function toLines(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
