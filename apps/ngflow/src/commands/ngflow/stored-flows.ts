import { existsSync } from "node:fs";
import { EXIT, NgflowError, RelayedError } from "@ngflow/base";
import {
  type FilterSets,
  type FlowReader,
  isoTime,
  type ReadOptions,
  type SqlResult,
  type SqlSpec,
} from "@ngflow/flows";
import { type ApiParams, ClientError, createClient } from "@ngflow/server/client";
import { userChange } from "../../daemon/change-user.ts";
import { dataUser } from "../../daemon/daemon-user.ts";
import { runtimeOf } from "../../daemon/hand-over.ts";
import { confineDaemon } from "../../daemon/privileges.ts";
import { askServer } from "../../daemon/ask-server.ts";
import { type ServeAddress, serveFile } from "../../daemon/run-files.ts";
import { VerbError } from "./errors.ts";
import { printText } from "../../output/print-text.ts";

/** Access to the flows of a data directory: through the daemon that has it open, or the store itself. */
export interface StoredFlows {
  readonly reader: FlowReader;
  /** Source of the answers, for messages. */
  readonly source: string;
  /** SQL of the database, which reads only. */
  sql(spec: SqlSpec, options?: ReadOptions): Promise<SqlResult>;
  /** Rows of an answer as a Parquet file. */
  parquet(columns: readonly string[], rows: readonly object[]): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** How long a daemon that has the directory open may take to publish its address. */
const DAEMON_START_MS = 3000;

/**
 * Opens the flows of a data directory. If a daemon has it open, that daemon is queried; otherwise the store is opened
 * here, and block files in the spool are stored first. With `follow`, new ones are stored continuously. Root does all
 * that as the directory's owner, and re-executes the program for it: call this first.
 *
 * @throws NgflowError with exit 66 when there is no such directory.
 */
export async function openStoredFlows(
  dataDirectory: string,
  options: { readonly follow?: boolean } = {},
): Promise<StoredFlows> {
  await enterDataDirectory(dataDirectory);
  const { createStore, rowsToParquet } = await import("@ngflow/store");
  const daemon = serveFile(dataDirectory);
  const found = daemon.read();
  if (found && (await answers(found))) return throughDaemon(found, rowsToParquet);
  const store = createStore({ directory: dataDirectory, drop: false, ingest: options.follow === true }, {});
  try {
    await store.start();
  } catch (error) {
    if (!(error instanceof NgflowError) || error.code !== "store-held") throw error;
    for (let waitedMs = 0; waitedMs < DAEMON_START_MS; waitedMs += 100) {
      const late = daemon.read();
      if (late) return throughDaemon(late, rowsToParquet);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw error;
  }
  try {
    await store.drain();
  } catch (error) {
    printText(
      process.stderr,
      `ngflow: some flows are still in the spool: ${(error as Error).message.split("\n")[0]}\n`,
    );
  }
  return {
    reader: store,
    source: dataDirectory,
    async sql(spec, options) {
      const { frame, pieces } = await store.sqlInPieces(spec, options);
      return { ...frame, rows: [...pieces].flat() };
    },
    parquet: (columns, rows) => store.parquet(columns, rows),
    close: () => store.stop(),
  };
}

/**
 * Makes this process one that may use a data directory, for commands: as root it becomes the directory's owner, and
 * re-executes the program for it.
 *
 * @param writes what else it writes
 * @throws NgflowError with exit 66 when there is no such directory.
 */
export async function enterDataDirectory(dataDirectory: string, writes: readonly string[] = []): Promise<void> {
  const user = dataUser(dataDirectory);
  if (user !== undefined) {
    // Root would leave files of its own in the directory, which the daemons could not use.
    const needs = { ports: [], writes: [dataDirectory, ...writes], reads: [], reaches: [] };
    // Daemons that root started have their sockets where root's are.
    const change = userChange(user, { dataDirectory, runtime: runtimeOf(user) });
    confineDaemon(needs, { change });
  }
  const { spoolDirectory, storeDirectory } = await import("@ngflow/store");
  if (!existsSync(storeDirectory(dataDirectory)) && !existsSync(spoolDirectory(dataDirectory))) {
    throw new VerbError(
      "no-data-directory",
      `${dataDirectory}: no flows are stored here; name the data directory with --data, or start "ngflow up"`,
    );
  }
}

/** Whether a server answers there: after a kill the file remains, and another process may have the daemon's id. */
async function answers(daemon: ServeAddress): Promise<boolean> {
  try {
    await askServer(daemon, `${daemon.url}/api/v1/info`);
    return true;
  } catch {
    return false;
  }
}

/** The flows behind a daemon's HTTP API. Parquet files are made in this process. */
function throughDaemon(daemon: ServeAddress, parquet: StoredFlows["parquet"]): StoredFlows {
  const { url } = daemon;
  const client = createClient<AbortSignal>(url, (address, signal) =>
    askServer(daemon, address, signal === undefined ? {} : { signal }),
  );
  const asked = async <T>(request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      throw error instanceof ClientError ? fromClient(error, url) : error;
    }
  };
  return {
    source: url,
    sql: (spec, { signal } = {}) => asked(client.get("/sql", { ...spec }, signal)),
    parquet,
    reader: {
      query(spec, { signal } = {}) {
        refuseSets(spec, url);
        const params: ApiParams<"/query"> = {
          by: spec.by,
          metric: spec.metric,
          from: isoTime(spec.fromMs),
          to: isoTime(spec.toMs),
          ...(spec.stepMs === undefined ? {} : { step: spec.stepMs / 1000 }),
          ...(spec.top === undefined ? {} : { top: spec.top }),
          ...(spec.statistic === undefined ? {} : { statistic: spec.statistic }),
          ...(spec.order === undefined ? {} : { order: spec.order }),
          ...(spec.raw === true ? { counters: "raw" } : {}),
          ...(spec.time === undefined ? {} : { time: spec.time }),
          ...(spec.previousMs === undefined ? {} : { previous: `${spec.previousMs}ms` }),
          ...(spec.filter === undefined ? {} : { filter: spec.filter }),
        };
        return asked(client.get("/query", params, signal));
      },
      flows(spec, { signal } = {}) {
        refuseSets(spec, url);
        const params: ApiParams<"/flows"> = {
          from: isoTime(spec.fromMs),
          to: isoTime(spec.toMs),
          ...(spec.limit === undefined ? {} : { limit: spec.limit }),
          ...(spec.time === undefined ? {} : { time: spec.time }),
          ...(spec.filter === undefined ? {} : { filter: spec.filter }),
        };
        return asked(client.get("/flows", params, signal));
      },
    },
    close: () => Promise.resolve(),
  };
}

/** Addresses of requests are short, and a daemon reads no file for a client. @throws VerbError */
function refuseSets({ sets = {} }: { readonly sets?: FilterSets }, url: string): void {
  const [name] = Object.keys(sets);
  if (name === undefined) return;
  throw new VerbError(
    "filter-sets",
    `filter: @${name}: the daemon at ${url} has the data directory open and takes no files; write the values as a list,` +
      " or stop the daemon",
  );
}

function fromClient(cause: ClientError, url: string): NgflowError {
  const { code, message, status } = cause;
  if (status === 0) {
    return new VerbError("daemon-silent", `${url}: the daemon that has the data directory open does not answer`, {
      cause,
    });
  }
  if (code === "bad-answer") return new VerbError("daemon-foreign", `${url}: ${message}`, { cause });
  const exit = status === 400 ? EXIT.usage : EXIT.failed;
  return new RelayedError({ code, message, exit }, { cause });
}
