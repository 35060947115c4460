import { chmodSync, lstatSync, mkdirSync, readdirSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isListening } from "../control/is-listening.ts";
import { asFailure } from "../reload/as-failure.ts";

/** Most readers at a time; further ones are closed. */
const READERS_MAX = 16;

/** Age of a socket file from which somebody listens on it, or nobody will. */
const SETTLED_MS = 10_000;

/** A Unix socket that answers each line with the current state. */
export interface StateSocket {
  readonly path: string;
  /** Closes the connections and removes the socket. */
  close(): Promise<void>;
}

/** What a reader writes to ask for the list instead of the state. */
export const LIST_QUESTION = "l\n";
const LIST_BYTE = LIST_QUESTION.charCodeAt(0);
/** What a command writes to let the configuration be read again. */
export const RELOAD_QUESTION = "r\n";
const RELOAD_BYTE = RELOAD_QUESTION.charCodeAt(0);

/** Characters of a list that are made in one turn. */
const SLICE_CHARACTERS = 65_536;

/** What a socket answers. */
export interface StateAnswers {
  readonly state: () => unknown;
  /** The entries of the list, which may be long: it is made and sent in slices, each in a turn of its own. */
  readonly list?: () => Iterable<unknown>;
  /** Reads the configuration again, and says what became of it: `result`, or `error` with the failure. */
  readonly reload?: () => Promise<unknown>;
}

/**
 * Answers every line of a reader with one line of JSON. Requests that come while an answer is being sent get one
 * answer together, so a slow reader costs one answer of memory, or one slice of a list.
 */
function answer(reader: Socket, { state, list = () => [], reload = async () => null }: StateAnswers): void {
  let isReloadAsked = false;
  let isAsked = false;
  let isListAsked = false;
  let isSending = false;
  const send = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    while ((isAsked || isListAsked || isReloadAsked) && !reader.destroyed) {
      const [isList, isReload] = [isListAsked, isReloadAsked];
      isAsked = isListAsked = isReloadAsked = false;
      if (isReload) await write(reader, `${JSON.stringify(await outcomeOf(reload))}\n`);
      else if (isList) for (const slice of listSlices(list())) await write(reader, slice);
      else await write(reader, `${JSON.stringify(state())}\n`);
    }
    isSending = false;
  };
  reader.on("data", (question) => {
    if (question.includes(RELOAD_BYTE)) isReloadAsked = true;
    else if (question.includes(LIST_BYTE)) isListAsked = true;
    else isAsked = true;
    void send();
  });
  // The reader is gone; there is nothing to do about it.
  reader.on("error", () => reader.destroy());
}

async function outcomeOf(run: () => Promise<unknown>): Promise<object> {
  try {
    return { result: await run() };
  } catch (error) {
    return { error: asFailure(error) };
  }
}

/** One line: an array of JSON. */
function* listSlices(entries: Iterable<unknown>): Generator<string> {
  let slice = "[";
  let separator = "";
  for (const entry of entries) {
    slice += separator + JSON.stringify(entry);
    separator = ",";
    if (slice.length < SLICE_CHARACTERS) continue;
    yield slice;
    slice = "";
  }
  yield `${slice}]\n`;
}

/** Resolves when the reader has taken a text or is gone, in a later turn. */
async function write(reader: Socket, text: string): Promise<void> {
  if (reader.destroyed) return;
  if (reader.write(text)) return nextTurn();
  await new Promise<void>((resolve) => {
    const done = (): void => {
      reader.off("drain", done);
      reader.off("close", done);
      resolve();
    };
    reader.on("drain", done);
    reader.on("close", done);
  });
}

/** Makes the directory if it is absent. @throws Error if another user could replace what is in it. */
function prepare(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(directory);
  const isOurs = uid === process.geteuid?.() || uid === 0;
  if (!isOurs || (mode & 0o022) !== 0) throw new Error(`${directory}: other users may write here`);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The socket is made within listen(): there is no moment at which others may open it.
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

/**
 * Serves a state at the first of the paths that can be used, for this user only (mode 0600). A socket that is there
 * belongs to a process that has ended: the caller holds the lock of what it describes.
 *
 * @throws Error with the reason why the last path cannot be used.
 */
export async function serveState(paths: readonly string[], answers: StateAnswers): Promise<StateSocket> {
  return serveSocket(paths, (reader) => answer(reader, answers));
}

/** The same for any protocol: `answer` is called for every connection, and has to handle its errors. */
export async function serveSocket(paths: readonly string[], answer: (reader: Socket) => void): Promise<StateSocket> {
  let failure = new Error("its path would be too long");
  for (const path of paths) {
    const readers = new Set<Socket>();
    const server = createServer((reader) => {
      readers.add(reader);
      reader.once("close", () => readers.delete(reader));
      answer(reader);
    });
    server.maxConnections = READERS_MAX;
    try {
      prepare(dirname(path));
      removeStale(path);
      await listen(server, path);
      chmodSync(path, 0o600);
    } catch (error) {
      failure = error as Error;
      continue;
    }
    void removeOthers(path);
    return {
      path,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const reader of readers) reader.destroy();
        }),
    };
  }
  throw failure;
}

/**
 * Removes sockets of the same directory that killed processes have left, so that they do not become many. One that was
 * made a moment ago may not be listened on yet.
 */
async function removeOthers(own: string): Promise<void> {
  const directory = dirname(own);
  const name = /^(?:collect|store)-[0-9a-f]+[.]sock$/;
  for (const entry of readdirSync(directory).filter((each) => name.test(each))) {
    const path = join(directory, entry);
    try {
      if (path === own || Date.now() - lstatSync(path).mtimeMs < SETTLED_MS) continue;
      if (!(await isListening(path))) removeStale(path);
    } catch {
      // Another process has removed it, or it is not for this user to remove.
    }
  }
}

function removeStale(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
