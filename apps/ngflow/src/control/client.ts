import { accessSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { type Failure, NgflowError, RelayedError } from "@ngflow/base";
import type { ControlSocketEvents, GraphHistory, StructureNode } from "@ngflow/graph";
import type { DaemonSnapshot } from "./daemon-snapshot.ts";
import { ControlError } from "./errors.ts";
import {
  BodyReader,
  CONTROL_VERSION,
  encodeFrame,
  FLAG_NO_NODE,
  FRAME,
  type Frame,
  FrameError,
  FrameReader,
  MAGIC,
  MAX_REQUEST,
  MAX_RESPONSE,
  textBytes,
} from "./frame.ts";
import { refuseStrangers, ROOT_PATH } from "./path.ts";

/** Waits between attempts while the daemon has too many clients. */
const RETRY_DELAYS_MS: readonly number[] = [20, 40, 80, 160, 320];

export interface ControlClientOptions extends Partial<ControlSocketEvents> {
  /** False: make no socket node, so that only calls work. */
  readonly node?: boolean;
  /** Name of the socket node; unnamed if absent or empty. */
  readonly name?: string;
  /** Longest wait for an answer, in milliseconds; after it the connection is lost. No limit by default. */
  readonly answerMs?: number;
  /** The connection ended without `close`: the daemon stopped or sent data that is not the protocol. */
  readonly onLost?: (error: NgflowError) => void;
}

/** Two u16, little-endian. */
function u16Pair(a: number, b: number): Uint8Array {
  return Uint8Array.of(a & 0xff, a >> 8, b & 0xff, b >> 8);
}

interface Waiting {
  readonly kind: number;
  readonly resolve: (frame: BodyReader) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A connection to the daemon's control socket. Operations are ordered; replies arrive before the operation resolves.
 */
export class ControlClient {
  /** Id of this connection's socket node; 0 if it has none. */
  nodeId = 0;
  readonly path: string;
  readonly #socket: Socket;
  readonly #options: ControlClientOptions;
  readonly #reader = new FrameReader(MAX_RESPONSE);
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closed = false;

  /** Use `connectControl`. */
  constructor(path: string, socket: Socket, options: ControlClientOptions) {
    this.path = path;
    this.#socket = socket;
    this.#options = options;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#lost("closed the connection"));
  }

  /** Sends the hello frame; `connectControl` calls this. */
  async greet(): Promise<void> {
    const flags = this.#options.node === false ? FLAG_NO_NODE : 0;
    const answer = await this.#request(FRAME.hello, [MAGIC, u16Pair(CONTROL_VERSION, flags), this.#options.name ?? ""]);
    answer.u32();
    this.nodeId = answer.u32();
  }

  /** Sends a binary control message. Resolves to 0 or FreeBSD's errno. */
  async send(path: string, message: Uint8Array): Promise<number> {
    return (await this.#request(FRAME.send, [path, message])).u32();
  }

  /** Sends ASCII command and arguments; the token is that of the replies. */
  async sendAscii(path: string, command: string, args: string): Promise<{ errno: number; token: number }> {
    const answer = await this.#request(FRAME.sendAscii, [path, command, textBytes(args)]);
    return { errno: answer.u32(), token: answer.u32() };
  }

  /** Sends one packet out of a hook of the socket node. Resolves to 0 or an errno. */
  async write(hook: string, packet: Uint8Array): Promise<number> {
    return (await this.#request(FRAME.write, [hook, packet])).u32();
  }

  /** A request to the daemon itself. @throws NgflowError as the daemon refused. */
  async call(name: string, args?: unknown): Promise<unknown> {
    const json = args === undefined ? "" : JSON.stringify(args);
    return JSON.parse((await this.#request(FRAME.call, [name, textBytes(json)])).restString());
  }

  /** The daemon's current graph. */
  async snapshot(): Promise<DaemonSnapshot> {
    return (await this.call("snapshot")) as DaemonSnapshot;
  }

  /** Nodes, names and edges of the daemon's graph, in the order of `listnodes`. */
  async structure(): Promise<readonly StructureNode[]> {
    return ((await this.call("structure")) as { readonly nodes: readonly StructureNode[] }).nodes;
  }

  /** The last operations on the daemon's graph. */
  async history(): Promise<GraphHistory> {
    return (await this.call("history")) as GraphHistory;
  }

  /** Ends the connection; the daemon removes the socket node. Resolves when the connection is down. */
  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      if (this.#socket.closed) resolve();
      else {
        const { answerMs } = this.#options;
        const late = answerMs === undefined ? undefined : setTimeout(() => this.#socket.destroy(), answerMs);
        this.#socket.once("close", () => {
          clearTimeout(late);
          resolve();
        });
        this.#socket.end();
      }
    });
  }

  /** Lets the process end while the connection is open (`false`), or keeps it alive (`true`, at first). */
  keepAlive(alive: boolean): void {
    if (alive) this.#socket.ref();
    else this.#socket.unref();
  }

  #request(kind: number, parts: readonly (string | Uint8Array)[]): Promise<BodyReader> {
    const { answerMs } = this.#options;
    const answer = this.#ask(kind, parts);
    if (answerMs === undefined) return answer;
    const late = setTimeout(() => {
      this.#lost(`did not answer within ${answerMs / 1000} s`);
      this.#socket.destroy();
    }, answerMs);
    return answer.finally(() => clearTimeout(late));
  }

  #ask(kind: number, parts: readonly (string | Uint8Array)[]): Promise<BodyReader> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed || this.#closed) {
        reject(this.#lostError("closed the connection"));
        return;
      }
      const id = this.#nextId;
      this.#nextId = (this.#nextId + 1) >>> 0 || 1;
      const frame = encodeFrame(kind, id, parts, MAX_REQUEST, "utf8");
      this.#waiting.set(id, { kind, resolve, reject });
      this.#socket.write(frame);
    });
  }

  #receive(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk);
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#take(frame);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#lost(`sent data that is not the control protocol (${error.message})`);
      this.#socket.destroy();
    }
  }

  #take(frame: Frame): void {
    const body = new BodyReader(frame.body, "utf8");
    if (frame.kind === FRAME.message) {
      this.#options.onMessage?.(body.string(), body.rest());
      return;
    }
    if (frame.kind === FRAME.data) {
      this.#options.onData?.(body.string(), body.rest());
      return;
    }
    if (frame.kind === FRAME.refused && frame.id === 0) {
      this.#fail(refusal(body.restString()));
      this.#socket.destroy();
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    if (waiting === undefined) throw new FrameError("an answer without a request");
    // After an invalid answer, the request stays pending and `#lost` rejects it.
    if (frame.kind === FRAME.refused) waiting.reject(refusal(body.restString()));
    else if (frame.kind !== waiting.kind) throw new FrameError(`frame kind ${frame.kind}`);
    // The promise's reader runs later, when the chunk may be overwritten, so it gets a copy.
    else waiting.resolve(new BodyReader(body.rest(), "utf8"));
    this.#waiting.delete(frame.id);
  }

  #lost(what: string): void {
    this.#fail(this.#lostError(what));
  }

  /** The connection has ended: all that waits is rejected. */
  #fail(error: NgflowError): void {
    if (this.#closed && this.#waiting.size === 0) return;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onLost?.(error);
  }

  #lostError(what: string): ControlError {
    return new ControlError("control-lost", `the daemon on ${this.path} ${what}`);
  }
}

/** The daemon's error from its JSON. @throws FrameError when the text is not one. */
function refusal(json: string): NgflowError {
  try {
    return new RelayedError(JSON.parse(json) as Failure);
  } catch {
    throw new FrameError("an error without code or message");
  }
}

/**
 * Connects to a daemon and makes a socket node there, unless `node` is false. While the daemon is busy with other
 * clients, tries again for a second.
 * @throws NgflowError `control-absent` without a listener, `control-denied` without permission, `control-foreign` if a
 * stranger may have made the socket, or the daemon's error.
 */
export async function connectControl(path: string, options: ControlClientOptions = {}): Promise<ControlClient> {
  refuseStrangers(path);
  for (const delayMs of RETRY_DELAYS_MS) {
    try {
      return await connectOnce(path, options);
    } catch (error) {
      if (!(error instanceof NgflowError) || error.code !== "control-full") throw error;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
  return connectOnce(path, options);
}

async function connectOnce(path: string, options: ControlClientOptions): Promise<ControlClient> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const candidate = connect(path);
    candidate.once("connect", () => {
      candidate.removeAllListeners("error");
      resolve(candidate);
    });
    candidate.once("error", (cause: NodeJS.ErrnoException) => reject(absent(path, cause)));
  });
  // A connection that is refused before its hello is not lost: the caller may try again.
  let greeted = false;
  const onLost = (error: NgflowError): void => {
    if (greeted) options.onLost?.(error);
  };
  const client = new ControlClient(path, socket, { ...options, onLost });
  try {
    await client.greet();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  greeted = true;
  return client;
}

function absent(path: string, cause: NodeJS.ErrnoException): ControlError {
  // The queue of connections that wait to be accepted is full.
  if (cause.code === "EAGAIN") {
    return new ControlError("control-full", `the daemon on ${path} has too many clients; try again later`, { cause });
  }
  if (cause.code === "EACCES" || cause.code === "EPERM") {
    return new ControlError(
      "control-denied",
      `Operation not permitted: ${path} belongs to another user; run this as the user of the daemon, or with sudo`,
      { cause },
    );
  }
  const advice = mayBeRoots(path)
    ? `root may be running one: use sudo, or name its socket with --control`
    : `start one with "ngflow up" or "ngflow graph", or name its socket with --control`;
  return new ControlError("control-absent", `no daemon listens on ${path}; ${advice}`, { cause });
}

/** Whether root's default directory exists but is closed to this user: a daemon of root is likely running. */
function mayBeRoots(path: string): boolean {
  if (path === ROOT_PATH) return false;
  try {
    accessSync(ROOT_PATH);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}
