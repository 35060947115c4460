import { constants } from "node:fs";
import { access, readFile, stat, statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { StoreError } from "../errors.ts";
import type { SqlLimits } from "../clickhouse/sql-client.ts";
import { makeDirectory } from "../make-directory.ts";
import type { ChdbSession } from "./chdb-session.ts";
import { cleanSession } from "./clean-session.ts";

/**
 * An open database directory. A session runs one statement at a time, and each running statement takes one of the
 * threads of Node.js that also read and write files; so there are few sessions. A process can have one directory open
 * at a time, and a directory can be open in one process only.
 */
export interface ChdbEngine {
  readonly writer: ChdbSession;
  /** Sessions for the queries of users: they only read, within the limits. */
  readonly readers: readonly ChdbSession[];
  /** For short statements that must not wait for the others. */
  readonly control: ChdbSession;
  /** Cancels running queries, closes both sessions and frees the directory. */
  close(): Promise<void>;
}

/** The engine does not survive a failure to open, so a disk with less free space than this is not tried. */
const MIN_FREE_BYTES = 2 * 2 ** 20;

/** How often the cancellation of a query is repeated: the query may not have started at the first attempt. */
export const CANCEL_EVERY_MS = 100;

/** Threads in which Node.js reads and writes files and waits for statements. */
const NODE_THREADS = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
/**
 * Queries that run at once: two of users, and one of the server itself where that leaves threads for the writer, for
 * cancelling, and for files.
 */
const READERS = NODE_THREADS >= 6 ? 3 : 2;
/** Threads of one of them, at most: each needs memory of its own, and the query has a limit. */
const READER_THREADS = 4;
/** Groups of a query go to the disk above this part of its memory. */
const SPILL_AT = 0.6;
/** Bytes of an answer; the planner keeps answers far below that. */
const MAX_RESULT_BYTES = 64 * 2 ** 20;

/** Bytes of a statement: the sets of values of a filter are part of it. */
const MAX_QUERY_BYTES = 16 * 2 ** 20;

/** Few threads and small pools, because the engine shares a small machine with the rest of ngflow. */
const CONNECTION_ARGUMENTS = [
  "--background_pool_size=2",
  "--background_schedule_pool_size=2",
  "--background_common_pool_size=1",
  "--background_move_pool_size=1",
  "--background_fetches_pool_size=1",
  "--background_buffer_flush_schedule_pool_size=1",
  "--background_message_broker_schedule_pool_size=1",
  "--background_distributed_schedule_pool_size=1",
  "--mark_cache_size=67108864",
  "--uncompressed_cache_size=0",
  "--asynchronous_metrics_update_period_s=60",
  // The limit of memory is about this process, whatever else is in its control group. Where there is none, the engine
  // would print a stack trace.
  "--memory_worker_use_cgroup=0",
];

/**
 * Loads chDB and opens a directory. Loading takes 0.3 s and 190 MB, so it happens only here.
 *
 * @param moreArguments of the engine, for tests: `--config-file=…`
 * @throws StoreError `store-held` when another process has it open, `store-directory` when it cannot be used.
 */
export async function openChdb(
  directory: string,
  limits: SqlLimits,
  moreArguments: readonly string[] = [],
): Promise<ChdbEngine> {
  try {
    await makeDirectory(directory, 0o750);
    await access(directory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(directory);
    if (bavail * bsize < MIN_FREE_BYTES) throw new Error("no space left on the device");
  } catch (cause) {
    throw unusable(directory, cause as Error);
  }
  const holder = await findHolder(directory);
  if (holder !== undefined) throw heldBy(directory, holder);
  const { Session, drainPending } = await loadChdb();
  const absolute = path.resolve(directory);
  let writer: ChdbSession;
  try {
    const connectionArgs = [
      ...CONNECTION_ARGUMENTS,
      ...moreArguments,
      `--max_server_memory_usage=${limits.maxMemoryBytes}`,
    ];
    writer = cleanSession(inDirectory(absolute, () => new Session(absolute, { connectionArgs })));
  } catch (cause) {
    const now = await findHolder(directory);
    if (now !== undefined) throw heldBy(directory, now);
    throw unusable(directory, cause as Error);
  }
  const control = cleanSession(new Session(absolute));
  const readers = Array.from({ length: READERS }, () => cleanSession(new Session(absolute)));
  const settings =
    "output_format_json_quote_64bit_integers = 1, date_time_input_format = 'best_effort'," +
    // Otherwise the engine runs a statement in one thread when its limit of memory leaves less than 4 GiB for each.
    " max_threads_min_free_memory_per_thread = 0";
  for (const reader of readers) {
    await reader.queryAsync(
      `SET max_threads = ${Math.min(availableParallelism(), READER_THREADS)}, max_execution_time = ${limits.queryTimeoutMs / 1000}, timeout_overflow_mode = 'throw',` +
        ` max_memory_usage = ${limits.maxQueryMemoryBytes}, max_bytes_before_external_group_by = ${Math.floor(limits.maxQueryMemoryBytes * SPILL_AT)},` +
        ` max_query_size = ${MAX_QUERY_BYTES}, max_result_bytes = ${MAX_RESULT_BYTES},` +
        ` result_overflow_mode = 'throw', ${settings}, readonly = 1`,
    );
  }
  await writer.queryAsync(
    `SET max_insert_threads = 1, max_threads = 1, input_format_parallel_parsing = 0, ${settings}`,
  );
  await control.queryAsync(`SET max_threads = 1, max_query_size = ${MAX_QUERY_BYTES}, ${settings}`);
  return {
    writer,
    readers,
    control,
    async close() {
      // Running queries would keep the process alive, and closing does not interrupt them. One that is just starting
      // is not found at the first attempt.
      let idle = false;
      const ended = drainPending().then(() => (idle = true));
      while (!idle) {
        await control.queryAsync("KILL QUERY WHERE query NOT LIKE 'KILL QUERY%' ASYNC").catch(() => undefined);
        await Promise.race([ended, setTimeout(CANCEL_EVERY_MS)]);
      }
      for (const session of [...readers, control, writer]) session.close();
      await drainPending();
    },
  };
}

/**
 * Opens the engine with a directory as its working directory. There it reads a `config.xml`, and takes files for tables
 * of the same name: in the directory where a user starts a command that would be those of anybody, and the engine fails
 * where it may not look.
 */
function inDirectory<T>(directory: string, open: () => T): T {
  const before = process.cwd();
  process.chdir(directory);
  try {
    return open();
  } finally {
    try {
      process.chdir(before);
    } catch {
      // A daemon that root started may not enter root's directory: no path that begins there can be used either way.
    }
  }
}

interface ChdbModule {
  Session: new (directory?: string, options?: { connectionArgs?: readonly string[] }) => ChdbSession;
  drainPending(): Promise<void>;
}

/** @throws StoreError `store-engine` when there is no engine for this machine. */
export async function loadChdb(): Promise<ChdbModule> {
  try {
    return (await import("chdb")) as unknown as ChdbModule;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const absent = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    const why = absent
      ? "the database is not installed; install ngflow with its optional package chdb (586 MB)"
      : `chDB cannot be loaded (${message.split("\n")[0]})`;
    throw new StoreError("store-engine", `store: ${why}`, { cause });
  }
}

/** The error for a directory that the engine cannot open. */
export function unusable(directory: string, cause: Error): StoreError {
  const reason = cause.message.split("\n")[0]!.replace(/^Code: \d+\. DB::Exception: /, "");
  return new StoreError(
    "store-directory",
    `store: ${directory} cannot be opened (${reason}); check its owner and free space, or choose another with --data`,
    { cause },
  );
}

function heldBy(directory: string, pid: number | null): StoreError {
  const who = pid === null ? "another process" : `process ${pid}`;
  return new StoreError(
    "store-held",
    `store: ${directory} is in use by ${who}; stop it, or choose another directory with --data`,
  );
}

/**
 * The id of the process that has the directory open; null when the id is unknown, undefined when no process has it. The
 * engine keeps a locked file `status` there; a killed process leaves the file but not the lock.
 */
export async function findHolder(directory: string): Promise<number | null | undefined> {
  const file = path.join(directory, "status");
  try {
    const { ino } = await stat(file);
    const locks = await readFile("/proc/locks", "utf8");
    const held = locks
      .split("\n")
      .find((line) => line.includes("FLOCK") && line.split(/\s+/).some((word) => word.endsWith(`:${ino}`)));
    if (held === undefined) return undefined;
    const pid = /^PID: (\d+)/m.exec(await readFile(file, "utf8"))?.[1];
    return pid === undefined ? null : Number(pid);
  } catch {
    return undefined;
  }
}
