import { randomUUID } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import type { DataFile } from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";

/** Name of the external table that a statement reads the rows of a file from. */
const EXTERNAL = "_ngflow_file";

/** A file on its way to a server. */
export interface Upload {
  readonly sql: string;
  readonly body: Readable;
  readonly headers: Readonly<Record<string, string>>;
  /** Parameters of the request that describe the rows. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the body may be compressed. A form may not: servers look for its parts in the bytes as they are. */
  readonly mayCompress: boolean;
}

/** SQL of a statement with the name of the external table, by which it is known again. */
export function sqlOf(statement: (rows: string) => string): string {
  return statement(EXTERNAL);
}

/**
 * What is sent for a statement that reads the rows of a file. An insert that reads them once takes them from its own
 * body, as they come; any other statement reads an external table of a form.
 *
 * @throws the system's error if the file cannot be opened.
 */
export async function uploadOf(file: DataFile, statement: (rows: string) => string): Promise<Upload> {
  const sql = sqlOf(statement);
  const handle = await open(file.path);
  if (sql.startsWith("INSERT INTO ") && sql.split(EXTERNAL).length === 2) {
    return {
      sql: `${statement(`input(${sqlString(file.structure)})`)} FORMAT ${file.format}`,
      body: handle.createReadStream(),
      headers: {},
      parameters: {},
      mayCompress: true,
    };
  }
  return { sql, ...(await formOf(file, handle)), mayCompress: false };
}

/**
 * A form with the rows of a file as an external table. Its last byte is that of the body: servers leave more unread.
 */
async function formOf(file: DataFile, handle: FileHandle): Promise<Pick<Upload, "body" | "headers" | "parameters">> {
  const boundary = `ngflow-${randomUUID()}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="${EXTERNAL}"; filename="rows"\r\n` +
      "Content-Type: application/octet-stream\r\n\r\n",
  );
  const tail = Buffer.from(`\r\n--${boundary}--`);
  const { size } = await handle.stat();
  const rows = handle.createReadStream();
  async function* form(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* rows as AsyncIterable<Buffer>;
    yield tail;
  }
  const body = Readable.from(form(), { objectMode: false });
  body.once("close", () => rows.destroy());
  return {
    body,
    headers: {
      "Content-Type": `multipart/form-data; boundary=${boundary}`,
      "Content-Length": String(head.length + size + tail.length),
    },
    parameters: { [`${EXTERNAL}_format`]: file.format, [`${EXTERNAL}_structure`]: file.structure },
  };
}
