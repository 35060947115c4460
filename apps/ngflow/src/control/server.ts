import { chmodSync, chownSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, connect, type Server, type Socket } from "node:net";
import { ClientSocket } from "./client-socket.ts";
import { type ListenCounters, NOTHING_LISTENED, type Writable } from "./control-counters.ts";
import { ControlError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { controlPath, prepareDirectory } from "./path.ts";
import type { FromGraphThread, ThreadPort, ToGraphThread } from "./port-messages.ts";

export interface ListenOptions {
  /** Path of the Unix socket; `controlPath` has the default. */
  readonly path: string;
  /** Permission bits of the socket, 0600 by default. Whoever may open it may change the graph. */
  readonly mode?: number;
  /** Id of a group that may also open the socket; its mode is then 0660. */
  readonly group?: number | undefined;
  /** Most clients at a time, 64 by default. Further connections are closed and counted. */
  readonly maxConnections?: number;
  /** A client that reads nothing for this long while data waits for it is disconnected; 30 s by default. */
  readonly stallMs?: number;
  /** Called for errors of the listening socket. */
  readonly onError?: (error: Error) => void;
}

export interface ControlListener {
  readonly path: string;
  /** Closes the connections and removes the socket. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Listens on the control socket and passes whole frames on to the graph's side, `answerControl`, through a channel
 * whose other end is `port`. Nothing here touches the graph, so that clients, even slow or hostile ones, delay packets
 * only by their requests. A socket file without a listener is replaced.
 * @throws NgflowError `control-in-use`, `control-not-a-socket`, `control-directory`, `control-listen`.
 */
export async function listenControl(
  options: ListenOptions,
  port: ThreadPort<ToGraphThread, FromGraphThread>,
): Promise<ControlListener> {
  const { group, mode = group === undefined ? 0o600 : 0o660, maxConnections = 64, stallMs = 30_000 } = options;
  const { onError = () => {} } = options;
  const path = controlPath({ option: options.path, env: {}, uid: 0 });
  prepareDirectory(path, { group });
  await removeStale(path);

  const counters: Writable<ListenCounters> = { ...NOTHING_LISTENED };
  let reporting = false;
  // The graph's side reports both sides' counters. A burst of changes goes over as one message.
  const count = (counter: keyof ListenCounters): number => {
    if (!reporting) {
      reporting = true;
      setImmediate(() => {
        reporting = false;
        port.postMessage({ kind: "counters", counters: { ...counters } });
      });
    }
    return ++counters[counter];
  };
  const clients = new Map<number, ClientSocket>();

  // A client may end its side before its last answer has come from the other thread.
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    if (clients.size >= maxConnections) {
      count("refusedConnections");
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    const client = count("connections");
    port.postMessage({ kind: "opened", client });
    const events = {
      frames: (frames: readonly Frame[]) => port.postMessage({ kind: "frames", client, frames }),
      taken: (bytes: number) => port.postMessage({ kind: "taken", client, bytes }),
      malformed: () => void count("malformedFrames"),
      stalled: () => void count("stalledConnections"),
      closed: () => {
        clients.delete(client);
        port.postMessage({ kind: "closed", client });
      },
    };
    const each = new ClientSocket(socket, events, stallMs);
    clients.set(client, each);
  });
  port.on("message", (message) => {
    const client = clients.get(message.client);
    if (message.kind === "write") client?.write(message.bytes, message.answers);
    else if (message.kind === "end") client?.end();
    else client?.destroy();
  });
  await listen(server, path, mode, group);
  server.on("error", onError);

  let closing: Promise<void> | undefined;
  return {
    path,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients.values()) client.destroy();
      });
      return closing;
    },
  };
}

/** Removes a socket file whose daemon is gone. */
async function removeStale(path: string): Promise<void> {
  let isSocket: boolean;
  try {
    isSocket = lstatSync(path).isSocket();
  } catch {
    return;
  }
  if (!isSocket) {
    throw new ControlError(
      "control-not-a-socket",
      `${path} exists and is not a socket; choose another control socket with --control`,
    );
  }
  if (await isListening(path)) {
    throw new ControlError(
      "control-in-use",
      `control socket ${path} is in use by another daemon; stop that daemon or choose another socket with --control`,
    );
  }
  unlinkSync(path);
}

/** Whether a daemon answers on a control socket. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(true);
    });
    // A full backlog (EAGAIN) or missing permission also means that a daemon is listening.
    probe.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

/** Listens with the final permissions from the start, so that no client connects before the chmod. */
function listen(server: Server, path: string, mode: number, group: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      reject(
        new ControlError(
          cause.code === "EADDRINUSE" ? "control-in-use" : "control-listen",
          `cannot listen on control socket ${path} (${cause.code}); choose another with --control`,
          { cause },
        ),
      );
    };
    server.once("error", refuse);
    const before = process.umask(0o777 & ~(group === undefined ? mode : 0o600));
    try {
      server.listen(path, () => {
        server.removeListener("error", refuse);
        try {
          if (group !== undefined) chownSync(path, process.getuid?.() ?? 0, group);
          chmodSync(path, mode);
          resolve();
        } catch (cause) {
          server.close();
          refuse(cause as NodeJS.ErrnoException);
        }
      });
    } finally {
      process.umask(before);
    }
  });
}
