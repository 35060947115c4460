import type { ClickHouseClient } from "@clickhouse/client";
import { readFile, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { DataFile, ServerPlace } from "../clickhouse/sql-client.ts";
import { StoreError } from "../errors.ts";
import type { ServerAddress } from "./server-address.ts";
import { uploadOf } from "./upload.ts";

/** What proves who is asking. */
export interface ServerLogin extends Omit<ServerPlace, "url"> {
  /** The password where no file has it. */
  readonly password?: string | undefined;
}

/** A statement on its way to a server. */
export interface Statement {
  /** SQL, or for a file the statement with the expression that its rows are read from. */
  readonly sql: string | ((rows: string) => string);
  /** Its id on the server. */
  readonly id: string;
  readonly settings: Readonly<Record<string, string | number>>;
  /** A file that the statement reads. */
  readonly file?: DataFile | undefined;
  readonly signal: AbortSignal;
}

/** Longest answer, in bytes: the planner keeps answers far below that. */
const ANSWER_MAX = 128 * 2 ** 20;
/** Connections to one server; more requests wait. */
const CONNECTIONS = 16;
/** The limits of time are those of the signals. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/** A way to a server. */
export interface ServerEndpoint {
  readonly url: string;
  /** The server's answer. @throws the error of the client. */
  send(statement: Statement): Promise<Buffer>;
  close(): Promise<void>;
}

/** One server. */
export class Endpoint implements ServerEndpoint {
  readonly url: string;
  readonly #client: ClickHouseClient;
  /** Compresses nothing that it sends. */
  readonly #plain: ClickHouseClient;

  constructor(url: string, client: ClickHouseClient, plain: ClickHouseClient) {
    this.url = url;
    this.#client = client;
    this.#plain = plain;
  }

  /** The server's answer. @throws the error of the client. */
  async send({ sql, id, settings, file, signal }: Statement): Promise<Buffer> {
    const of = typeof sql === "string" ? () => sql : sql;
    const upload = file && (await uploadOf(file, of));
    const client = upload?.mayCompress === false ? this.#plain : this.#client;
    try {
      const { stream } = await client.exec({
        query: upload?.sql ?? of(""),
        query_id: id,
        clickhouse_settings: { ...settings, ...upload?.parameters },
        abort_signal: signal,
        ...(upload && { values: upload.body, http_headers: { ...upload.headers } }),
      });
      return await collected(stream, signal);
    } finally {
      upload?.body.destroy();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#plain.close()]);
  }
}

async function collected(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const stop = (): void => void stream.destroy(new Error("the request was given up"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) stop();
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of stream as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > ANSWER_MAX) throw new Error(`Code: 396. The answer has more than ${ANSWER_MAX} bytes`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Longest password file, and longest file of certificates. */
const FILE_MAX = 2 ** 20;

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > FILE_MAX) throw new Error(`it has more than ${FILE_MAX} bytes`);
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new StoreError("store-login", `store: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** A client of each server of an address. The library is loaded here, not before. @throws StoreError `store-login` */
export async function endpointsOf(address: ServerAddress, login: ServerLogin): Promise<readonly Endpoint[]> {
  const { createClient, ClickHouseLogLevel } = await import("@clickhouse/client");
  const { user, database, compress } = address;
  const { passwordFile, caFile } = login;
  const password = passwordFile === undefined ? (login.password ?? "") : (await textOf(passwordFile)).trim();
  const ca = caFile === undefined ? undefined : await textOf(caFile);
  const clientOf = (url: string, compresses: boolean): ClickHouseClient =>
    createClient({
      url,
      username: user,
      password,
      database,
      application: "ngflow",
      request_timeout: NO_TIMEOUT_MS,
      max_open_connections: CONNECTIONS,
      compression: { request: compresses, response: compress },
      log: { level: ClickHouseLogLevel.OFF },
      ...(ca === undefined ? {} : { tls: { ca_cert: Buffer.from(ca) } }),
    });
  return address.endpoints.map((url) => new Endpoint(url, clientOf(url, compress), clientOf(url, false)));
}
