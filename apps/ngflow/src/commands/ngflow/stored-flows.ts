import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { EXIT, NgflowError, RelayedError } from "@ngflow/base";
import {
  askUnsettled,
  completenessOf,
  type FlowReader,
  type FlowsResult,
  type FlowsSpec,
  isoTime,
  LossWatch,
  type PieceReader,
  type QueryResult,
  type QuerySpec,
  type ReadCost,
  type ReadOptions,
  type SqlResult,
  type SqlSpec,
} from "@ngflow/flows";
import type { AnswerTable, FileFormat } from "@ngflow/store";
import { type ApiParams, type Client, ClientError } from "@ngflow/server/client";
import { userChange } from "../../daemon/change-user.ts";
import { dataUser } from "../../daemon/daemon-user.ts";
import { runtimeOf } from "../../daemon/hand-over.ts";
import { confineDaemon } from "../../daemon/privileges.ts";
import { readLosses } from "../../daemon/loss-file.ts";
import { askServer } from "../../daemon/ask-server.ts";
import { type ServeAddress, serveFile } from "../../daemon/run-files.ts";
import { serverClient } from "../../daemon/server-client.ts";
import { nameSources, savedTables } from "../../daemon/name-sources.ts";
import { savedNames } from "../../daemon/saved-names.ts";
import { commandStore } from "../../store/command-store.ts";
import type { Row } from "../../output/format.ts";
import { namedThings, NO_SERVER_NAMES, type ServerNames } from "../../output/known-names.ts";
import { VerbError } from "./errors.ts";
import { otherData } from "../../options/paths.ts";
import { printText } from "../../output/print-text.ts";

/** Access to the flows of a data directory: through the daemon that has it open, or the store itself. */
export interface StoredFlows {
  readonly reader: FlowReader;
  /** Source of the answers, for messages. */
  readonly source: string;
  /** SQL of the database, which reads only. */
  sql(spec: SqlSpec, options?: ReadOptions): Promise<SqlResult>;
  /** What a statement would read. */
  sqlCost(spec: SqlSpec, options?: ReadOptions): Promise<ReadCost>;
  /** An answer as a file. */
  file(format: FileFormat, answer: AnswerTable): Promise<Uint8Array>;
  /** Names of hosts and interfaces; absent where nobody knows any. */
  readonly namesOf?: (columns: readonly string[], rows: readonly Row[]) => Promise<ServerNames>;
  close(): Promise<void>;
}

/** How long a daemon that has the directory open may take to publish its address. */
const DAEMON_START_MS = 3000;

/**
 * Opens the flows of a data directory. If a daemon has it open, that daemon is queried; otherwise the store is opened
 * here, and block files in the spool are stored first. With `follow`, new ones are stored continuously;
 * `reads` are other files that are read then. Root does all
 * that as the directory's owner, and re-executes the program for it: call this first.
 *
 * @throws NgflowError with exit 66 when there is no such directory.
 */
export async function openStoredFlows(
  dataDirectory: string,
  options: { readonly follow?: boolean; readonly reads?: readonly string[] } = {},
): Promise<StoredFlows> {
  await enterDataDirectory(dataDirectory, { reads: options.reads });
  const { answerFile } = await import("@ngflow/store");
  const daemon = serveFile(dataDirectory);
  const found = daemon.read();
  if (found && (await answers(found))) return throughDaemon(found, answerFile);
  const store = await commandStore(
    dataDirectory,
    { ingest: options.follow === true },
    { names: nameSources(savedNames(dataDirectory), savedTables(dataDirectory)) },
  );
  try {
    await store.start();
  } catch (error) {
    if (!(error instanceof NgflowError) || error.code !== "store-held") throw error;
    for (let waitedMs = 0; waitedMs < DAEMON_START_MS; waitedMs += 100) {
      const late = daemon.read();
      if (late) return throughDaemon(late, answerFile);
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
    reader: withCompleteness(store, dataDirectory),
    source: dataDirectory,
    async sql(spec, options) {
      const { frame, pieces } = await store.sqlInPieces(spec, options);
      return { ...frame, rows: [...pieces].flat() };
    },
    sqlCost: (spec, options) => store.sqlCost(spec, options),
    file: (format, answer) => store.file(format, answer),
    close: () => store.stop(),
  };
}

/**
 * Makes this process one that may use a data directory, for commands: as root it becomes the directory's owner, and
 * re-executes the program for it.
 *
 * @param reads files that it reads, and `writes` what else it writes
 * @throws NgflowError with exit 66 when there is no such directory.
 */
export async function enterDataDirectory(
  dataDirectory: string,
  {
    reads = [],
    writes = [],
  }: { readonly reads?: readonly string[] | undefined; readonly writes?: readonly string[] } = {},
): Promise<void> {
  const user = dataUser(dataDirectory);
  if (user !== undefined) {
    // Root would leave files of its own in the directory, which the daemons could not use.
    const needs = { ports: [], writes: [dataDirectory, ...writes], reads, reaches: [] };
    // Daemons that root started have their sockets where root's are.
    const change = userChange(user, { dataDirectory, runtime: runtimeOf(user) });
    confineDaemon(needs, { change });
  }
  const { readPlace, spoolDirectory, storeDirectory } = await import("@ngflow/store");
  const places = [storeDirectory(dataDirectory), spoolDirectory(dataDirectory)];
  if (!places.some((place) => existsSync(place)) && readPlace(dataDirectory) === undefined) {
    throw new VerbError(
      "no-data-directory",
      `${dataDirectory}: no flows are stored here; ${otherData(dataDirectory)}, or start "ngflow up"`,
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

/** How long flows may be under way: a range that ended earlier is settled, and the store is not asked. */
const UNDER_WAY_MS = 3_600_000;

/** Answers of a store with what they lack, as the server of the data directory kept it. */
function withCompleteness(store: FlowReader & PieceReader, dataDirectory: string): FlowReader {
  const added = async <R extends QueryResult | FlowsResult>(answer: R): Promise<R> => {
    const { watched, losses } = new LossWatch({ load: () => readLosses(dataDirectory), keep() {} });
    const nowMs = Date.now();
    const isOld = Date.parse(answer.to) < nowMs - UNDER_WAY_MS;
    const unsettled = isOld ? [] : await askUnsettled(store, nowMs);
    return { ...answer, completeness: completenessOf(answer, { watched, losses, unsettled }) };
  };
  return {
    query: async (spec, options) => added(await store.query(spec, options)),
    flows: async (spec, options) => added(await store.flows(spec, options)),
    ...(store.cost && { cost: (spec, options) => store.cost!(spec, options) }),
    ...(store.flowsCost && { flowsCost: (spec, options) => store.flowsCost!(spec, options) }),
  };
}

/** The flows behind a daemon's HTTP API. Files are made in this process. */
function throughDaemon(daemon: ServeAddress, file: StoredFlows["file"]): StoredFlows {
  const { url } = daemon;
  const client = serverClient(daemon);
  const asked = async <T>(request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      throw error instanceof ClientError ? fromClient(error, url) : error;
    }
  };
  return {
    source: url,
    sql: (spec, options = {}) =>
      asked(watched(client, options, (id) => client.get("/sql", { ...spec, ...id }, options.signal))),
    sqlCost: (spec, { signal } = {}) => asked(client.get("/cost/sql", { ...spec }, signal)),
    file,
    // A table without names is better than none.
    namesOf: (columns, rows) => askNames(client, namedThings(columns, rows)).catch(() => NO_SERVER_NAMES),
    reader: {
      query(spec, options = {}) {
        const params = queryParams(spec);
        return asked(
          watched(client, options, (id) => client.ask("/query", { ...params, ...id }, spec.sets ?? {}, options.signal)),
        );
      },
      cost(spec, { signal } = {}) {
        return asked(client.ask("/cost", queryParams(spec), spec.sets ?? {}, signal));
      },
      flowsCost(spec, { signal } = {}) {
        return asked(client.ask("/cost/flows", flowsParams(spec), spec.sets ?? {}, signal));
      },
      flows(spec, options = {}) {
        const params = flowsParams(spec);
        return asked(
          watched(client, options, (id) => client.ask("/flows", { ...params, ...id }, spec.sets ?? {}, options.signal)),
        );
      },
    },
    close: () => Promise.resolve(),
  };
}

/** Things that a daemon is asked about in one request: its address has to be short. */
const NAMES_AT_ONCE = 100;

async function askNames(
  client: Client<AbortSignal>,
  { hosts, interfaces }: ReturnType<typeof namedThings>,
): Promise<ServerNames> {
  const found = { hosts: {}, interfaces: {} };
  for (let at = 0; at < Math.max(hosts.length, interfaces.length); at += NAMES_AT_ONCE) {
    const some = (all: readonly string[]): string[] => all.slice(at, at + NAMES_AT_ONCE);
    const names = await client.get("/names/of", { hosts: some(hosts), interfaces: some(interfaces) });
    Object.assign(found.hosts, names.hosts);
    Object.assign(found.interfaces, names.interfaces);
  }
  return found;
}

/** A request for records as words of the API. */
function flowsParams(spec: FlowsSpec): ApiParams<"/cost/flows"> {
  return {
    from: isoTime(spec.fromMs),
    to: isoTime(spec.toMs),
    ...(spec.limit === undefined ? {} : { limit: spec.limit }),
    ...(spec.sort === undefined ? {} : { sort: `${spec.sort.largestFirst ? "" : "-"}${spec.sort.column}` }),
    ...(spec.time === undefined ? {} : { time: spec.time }),
    ...(spec.duplicates === undefined ? {} : { duplicates: spec.duplicates }),
    ...(spec.filter === undefined ? {} : { filter: spec.filter }),
  };
}

/** An aggregate as words of the API. */
function queryParams(spec: QuerySpec): ApiParams<"/cost"> {
  return {
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
    ...(spec.duplicates === undefined ? {} : { duplicates: spec.duplicates }),
    ...(spec.zone === undefined ? {} : { zone: spec.zone }),
    ...(spec.previousMs === undefined ? {} : { previous: `${spec.previousMs}ms` }),
    ...(spec.filter === undefined ? {} : { filter: spec.filter }),
  };
}

/** How often a daemon is asked how far an answer is. */
const PROGRESS_EVERY_MS = 500;

/** Sends a request; if its progress is wanted, with an id by which the daemon tells it. */
async function watched<T>(
  client: Client<AbortSignal>,
  { progress }: ReadOptions,
  send: (id: { readonly id?: string }) => Promise<T>,
): Promise<T> {
  if (progress === undefined) return send({});
  const id = randomUUID();
  const ask = async (): Promise<void> => {
    const { state, ...read } = await client.get("/progress", { id });
    if (state === "running" && read.rows > 0) progress(read);
  };
  const timer = setInterval(() => void ask().catch(() => undefined), PROGRESS_EVERY_MS);
  try {
    return await send({ id });
  } finally {
    clearInterval(timer);
  }
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
