import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, connect, type Server, type Socket } from "node:net";
import { NgflowError } from "@ngflow/base";
import { type Graph, openControlSocket } from "@ngflow/graph";
import { ControlConnection, type ControlCounters, type ControlRequest } from "./connection.ts";
import { graphRequests } from "./graph-requests.ts";
import { controlPath, prepareDirectory } from "./path.ts";

export interface ControlServerOptions {
  /** Path of the Unix socket; `controlPath` chooses the usual one. */
  readonly path: string;
  /** Permission bits of the socket, 0600 unless stated: who may open it may rewire the graph. */
  readonly mode?: number;
  /** Clients at a time, 64 unless stated; more are closed and counted. */
  readonly maxConnections?: number;
  /** Requests to the daemon by name, next to those of the graph. What they return or resolve to becomes JSON. */
  readonly requests?: Readonly<Record<string, ControlRequest>>;
  /** Told of faults that are not the caller's to handle: a defect in the graph, a socket error. */
  readonly onError?: (error: Error) => void;
}

export interface ControlServer {
  readonly path: string;
  counters(): Readonly<ControlCounters>;
  /** Closes the connections, with their socket nodes, and removes the socket. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Serves a graph's control socket: every connection is a `socket` node. Damaged frames close their connection and are
 * counted. A socket file that nobody listens on is replaced.
 * @throws NgflowError `control-in-use`, `control-not-a-socket`, `control-directory`, `control-listen`.
 */
export async function serveControl(graph: Graph, options: ControlServerOptions): Promise<ControlServer> {
  const { mode = 0o600, maxConnections = 64, onError = () => {} } = options;
  const path = controlPath({ option: options.path, env: {}, uid: 0 });
  prepareDirectory(path);
  await removeStale(path);

  const counters: ControlCounters = {
    connections: 0,
    refusedConnections: 0,
    requests: 0,
    malformedFrames: 0,
    droppedMessages: 0,
    droppedPackets: 0,
  };
  const requests = { ...graphRequests(graph), ...options.requests };
  const connections = new Set<ControlConnection>();

  const server = createServer((socket: Socket) => {
    if (connections.size >= maxConnections) {
      counters.refusedConnections++;
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    counters.connections++;
    const connection = new ControlConnection(socket, {
      open: (name, events) => openControlSocket(graph, { name, events }),
      requests,
      counters,
      onError,
    });
    connections.add(connection);
    socket.on("close", () => connections.delete(connection));
  });
  await listen(server, path, mode);
  server.on("error", onError);

  let closing: Promise<void> | undefined;
  return {
    path,
    counters: () => counters,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.close();
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
    throw new NgflowError(
      "control-not-a-socket",
      `${path} exists and is not a socket; name another control socket with --control`,
      "cannotCreate",
    );
  }
  if (await isListening(path)) {
    throw new NgflowError(
      "control-in-use",
      `control socket ${path} is in use by another daemon; stop that one or name another with --control`,
      "os",
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
    // A full backlog (EAGAIN) or a refusal of permission also means that somebody is there.
    probe.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

/** Listens with the final permission from the first moment, so that nobody slips in before the chmod. */
function listen(server: Server, path: string, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      reject(
        new NgflowError(
          cause.code === "EADDRINUSE" ? "control-in-use" : "control-listen",
          `cannot listen on control socket ${path} (${cause.code}); name another with --control`,
          "os",
          { cause },
        ),
      );
    };
    server.once("error", refuse);
    const before = process.umask(0o777 & ~mode);
    try {
      server.listen(path, () => {
        server.removeListener("error", refuse);
        try {
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
