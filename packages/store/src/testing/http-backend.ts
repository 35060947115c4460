import { openAsBlob } from "node:fs";
import { parseRows } from "../clickhouse/row-slices.ts";
import {
  type DataFile,
  QUERY_WAS_CANCELLED,
  type SqlBackend,
  type SqlClient,
  type SqlError,
} from "../clickhouse/sql-client.ts";
import { StoreError } from "../errors.ts";

/** Name of the external table that a statement reads the rows of a file from. */
const EXTERNAL = "_file";

/** A database behind ClickHouse's HTTP interface. `closed` is called after its connections are. */
export function createHttpBackend(url: string, closed: () => Promise<void> = () => Promise.resolve()): SqlBackend {
  return {
    open: () => Promise.resolve(httpClient(url, closed)),
    unusable: (cause) =>
      new StoreError("store-directory", `store: ${url} cannot be used (${cause.message})`, { cause }),
  };
}

function httpClient(url: string, closed: () => Promise<void>): SqlClient {
  const closing = new AbortController();
  const post = async (
    parameters: Record<string, string>,
    body: string | FormData,
    signal = closing.signal,
  ): Promise<Response> => {
    const address = new URL(url);
    address.search = new URLSearchParams(parameters).toString();
    const response = await fetch(address, { method: "POST", body, signal }).catch((cause: Error): never => {
      throw sqlError(cause.message, signal.aborted ? QUERY_WAS_CANCELLED : undefined);
    });
    if (response.ok) return response;
    const code = response.headers.get("X-ClickHouse-Exception-Code");
    throw sqlError(await response.text(), code === null ? undefined : Number(code));
  };
  const upload = async (file: DataFile, query: string, format: string): Promise<Response> => {
    const form = new FormData();
    form.set(EXTERNAL, await openAsBlob(file.path), "rows");
    const external = { [`${EXTERNAL}_format`]: file.format, [`${EXTERNAL}_structure`]: file.structure };
    return post({ query, default_format: format, ...external }, form);
  };
  const read: SqlClient["read"] = async (sql, { signal } = {}) => {
    const either = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
    return bytesOf(await post({ readonly: "1", default_format: "JSONCompactEachRow" }, sql, either));
  };
  return {
    read,
    async inspect(sql) {
      return parseRows(await bytesOf(await post({ default_format: "JSONCompactEachRow" }, sql)));
    },
    async run(sql) {
      await (await post({}, sql)).text();
    },
    async over(file, statement) {
      return parseRows(await bytesOf(await upload(file, statement(EXTERNAL), "JSONCompactEachRow")));
    },
    async convert(file, format) {
      return bytesOf(await upload(file, `SELECT * FROM ${EXTERNAL}`, format));
    },
    async close() {
      closing.abort();
      await closed();
    },
  };
}

async function bytesOf(answer: Response): Promise<Uint8Array> {
  return new Uint8Array(await answer.arrayBuffer());
}

function sqlError(message: string, clickhouseCode: number | undefined): SqlError {
  return Object.assign(new Error(message), clickhouseCode === undefined ? {} : { clickhouseCode });
}
