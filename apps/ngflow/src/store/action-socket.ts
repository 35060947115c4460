import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { EXIT, NgflowError, RelayedError } from "@ngflow/base";
import type { Progress, Store } from "@ngflow/store";
import { serveSocket, type StateSocket } from "../daemon/state-socket.ts";
import type { ReloadReport } from "../reload/reloader.ts";
import { storeSocketPaths } from "../options/runtime-path.ts";
import { type ActionName, type ActionResult, ACTIONS, isAction } from "./actions.ts";

/** A line of the daemon: how far it is, then the result or the error. */
interface Answer {
  readonly progress?: readonly [done: number, total: number];
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly exit: number };
}

/** The request to read the configuration again. */
const RELOAD = "reload";
/** The longest request, in characters: the name of an action, and of a collector. */
const REQUEST_MAX = 64;

/**
 * Takes actions for a store from commands of the same user, one per connection.
 * @throws Error without a usable path.
 */
export function serveActions(
  dataDirectory: string,
  store: Store,
  reload: () => Promise<unknown>,
): Promise<StateSocket> {
  return serveSocket(storeSocketPaths(dataDirectory), (reader) => {
    let request = "";
    const onData = (chunk: Buffer): void => {
      request += chunk.toString("latin1");
      const end = request.indexOf("\n");
      if (end === -1 && request.length <= REQUEST_MAX) return;
      reader.off("data", onData);
      const [name = "", argument = ""] = request.slice(0, Math.max(0, end)).split(" ");
      void answer(reader, async (progress) => {
        if (name === RELOAD) return reload();
        if (isAction(name)) return ACTIONS[name].run(store, progress, argument);
        throw new Error("this release does not know the action");
      });
    };
    reader.on("data", onData);
    // The command was ended; its action goes on.
    reader.on("error", () => reader.destroy());
  });
}

async function answer(reader: Socket, run: (progress: Progress) => Promise<unknown>): Promise<void> {
  const send = (line: Answer): unknown => reader.write(`${JSON.stringify(line)}\n`);
  try {
    // A command that does not read gets no progress, so that its lines do not pile up.
    const progress: Progress = (...step) => reader.writableLength === 0 && send({ progress: step });
    send({ result: (await run(progress)) ?? null });
  } catch (error) {
    const { message } = error as Error;
    const known = error instanceof NgflowError ? error : { code: "store-action", exit: EXIT.failed };
    send({ error: { code: known.code, message, exit: known.exit } });
  }
  reader.end();
}

/**
 * Lets the daemon that has a data directory open do an action.
 * @returns undefined if no daemon listens. @throws RelayedError with the error of the daemon.
 */
export async function askDaemonFor<A extends ActionName>(
  dataDirectory: string,
  action: A,
  progress: Progress,
  argument = "",
): Promise<ActionResult<A> | undefined> {
  const request = argument === "" ? action : `${action} ${argument}`;
  return (await ask(dataDirectory, request, progress)) as ActionResult<A> | undefined;
}

/** Lets the same daemon read its configuration again. */
export async function askReload(dataDirectory: string): Promise<ReloadReport | undefined> {
  return (await ask(dataDirectory, RELOAD, () => undefined)) as ReloadReport | undefined;
}

async function ask(dataDirectory: string, request: string, progress: Progress): Promise<unknown> {
  for (const path of storeSocketPaths(dataDirectory)) {
    const socket = await connected(path);
    if (socket === undefined) continue;
    socket.write(`${request}\n`);
    for await (const line of createInterface({ input: socket })) {
      const got = JSON.parse(line) as Answer;
      if (got.progress) progress(...got.progress);
      if (got.error) throw new RelayedError(got.error as ConstructorParameters<typeof RelayedError>[0]);
      if (got.result !== undefined) return got.result;
    }
    throw new RelayedError({
      code: "daemon-silent",
      message: "the daemon that has the data directory open ended before it answered; try again",
      exit: EXIT.os,
    });
  }
  return undefined;
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}
