import { chmodSync, chownSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { failureOf } from "@ngflow/base";
import { clientOf, rightsOf } from "./client-rights.ts";
import { ClientSlots } from "./client-slots.ts";
import { type ClientPatience, ClientSocket } from "./client-socket.ts";
import { type ListenCounters, NOTHING_LISTENED, type Writable } from "./control-counters.ts";
import { ControlError } from "./errors.ts";
import { encodeFrame, FRAME, MAX_RESPONSE, textBytes } from "./frame.ts";
import { isListening } from "./is-listening.ts";
import { controlPath, prepareDirectory } from "./path.ts";
import type { FromGraphThread, ThreadPort, ToGraphThread } from "./port-messages.ts";

const MAX_CLIENTS = 64;
/** Most connections that have not said anything. */
const MAX_SILENT = 1024;
const PATIENCE: ClientPatience = { helloMs: 5000, stallMs: 30_000 };
/** Connections that may wait to be accepted. A thousand that come at once get their answer from the daemon. */
const BACKLOG = 4096;

/** Sent to a client that gives way. */
const FULL = refusalFrame(new ControlError("control-full", "the daemon has too many clients; try again later"));

export interface ListenOptions {
  /** Path of the Unix socket; `controlPath` has the default. */
  readonly path: string;
  /** Id of a group that may also open the socket. Its mode is 0600 without a group, 0660 with one. */
  readonly group?: number | undefined;
  /** Most clients at a time, 64 by default. See `ClientSlots` for what happens to further ones. */
  readonly maxConnections?: number;
  /** How long clients may take; 5 s for the hello, 30 s to read. */
  readonly patience?: Partial<ClientPatience>;
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
  const { group, maxConnections = MAX_CLIENTS, onError = () => {} } = options;
  const patience = { ...PATIENCE, ...options.patience };
  const owner = { uid: process.getuid?.() ?? 0, group };
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
  const slots = new ClientSlots<ClientSocket>({ clients: maxConnections, silent: MAX_SILENT });
  const byId = new Map<number, ClientSocket>();
  const giveWay = (leaving: ClientSocket, to: ClientSocket): void => {
    count(leaving === to ? "refusedConnections" : "displacedConnections");
    leaving.refuse(FULL);
  };

  // A client may end its side before its last answer has come from the other thread.
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    const rights = rightsOf(clientOf(socket), owner);
    if (rights === undefined) {
      count("deniedConnections");
      socket.destroy();
      return;
    }
    const id = count("connections");
    const client = new ClientSocket(socket, rights, patience, {
      greeted() {
        const leaving = slots.admit(client);
        if (leaving !== undefined) giveWay(leaving, client);
        if (leaving === client) return false;
        byId.set(id, client);
        port.postMessage({ kind: "opened", client: id, rights });
        return true;
      },
      frames(frames) {
        slots.touch(client);
        port.postMessage({ kind: "frames", client: id, frames });
      },
      taken: (bytes) => port.postMessage({ kind: "taken", client: id, bytes }),
      malformed: () => void count("malformedFrames"),
      stalled: () => void count("stalledConnections"),
      silent: () => void count("silentConnections"),
      closed() {
        slots.delete(client);
        if (byId.delete(id)) port.postMessage({ kind: "closed", client: id });
      },
    });
    const leaving = slots.enter(client);
    if (leaving !== undefined) giveWay(leaving, client);
  });
  port.on("message", (message) => {
    const client = byId.get(message.client);
    if (client === undefined) return;
    if (message.kind === "write") {
      slots.touch(client);
      client.write(message.bytes, message.answers);
    } else if (message.kind === "end") client.end();
    else client.destroy();
  });
  await listen(server, path, group);
  server.on("error", onError);

  let closing: Promise<void> | undefined;
  return {
    path,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of slots.all()) client.destroy();
      });
      return closing;
    },
  };
}

/** A refusal of the connection as a whole: its id is 0. */
function refusalFrame(error: ControlError): Uint8Array {
  return encodeFrame(FRAME.refused, 0, [textBytes(JSON.stringify(failureOf(error)))], MAX_RESPONSE, "utf8");
}

/** Removes a socket file whose daemon is gone. */
export async function removeStale(path: string): Promise<void> {
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

/** Listens with the final permissions from the start, so that no client connects before the chmod. */
function listen(server: Server, path: string, group: number | undefined): Promise<void> {
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
    const before = process.umask(0o177);
    try {
      server.listen({ path, backlog: BACKLOG }, () => {
        server.removeListener("error", refuse);
        try {
          if (group !== undefined) chownSync(path, process.getuid?.() ?? 0, group);
          chmodSync(path, group === undefined ? 0o600 : 0o660);
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
