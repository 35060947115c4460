import type { Socket } from "node:net";
import { EXIT, NgflowError } from "@ngflow/base";
import { type ControlSocket, type ControlSocketEvents, E, ERRNO, NgError } from "@ngflow/graph";
import {
  BodyReader,
  CONTROL_VERSION,
  encodeFrame,
  encodeNumbers,
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

/** Answers a request to the daemon; the argument is the client's JSON, undefined if it sent none. */
export type ControlRequest = (args: unknown) => unknown;

export interface ControlCounters {
  connections: number;
  /** Connections closed because there were too many. */
  refusedConnections: number;
  requests: number;
  /** Frames of a wrong length, kind, order or content; each closed its connection. */
  malformedFrames: number;
  /** Messages and packets a client did not read in time. */
  droppedMessages: number;
  droppedPackets: number;
}

export interface ConnectionContext {
  readonly open: (name: string, events: ControlSocketEvents) => ControlSocket;
  readonly requests: Readonly<Record<string, ControlRequest>>;
  readonly counters: ControlCounters;
  readonly onError: (error: Error) => void;
}

/** Bytes that may wait for a slow client: above it messages and packets are dropped, like a full socket buffer. */
const EVENT_LIMIT = 4 * 1024 * 1024;
/** Largest message or packet passed on, so that its frame is within bounds. */
const MAX_EVENT = MAX_RESPONSE - 1024;
/** Bytes above which no further request of that client is read. */
const PAUSE_LIMIT = 1024 * 1024;

/** The graph's text is bytes. */
const FORM = "latin1";

/** `EEXIST` of 17: what a client can tell refusals of the graph apart by. */
function errnoName(errno: number): string {
  return Object.entries(ERRNO).find(([, [number]]) => number === errno)?.[0] ?? `errno-${errno}`;
}

/** One client of the control socket. */
export class ControlConnection {
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #reader = new FrameReader(MAX_REQUEST);
  #greeted = false;
  #control: ControlSocket | undefined;

  constructor(socket: Socket, context: ConnectionContext) {
    this.#socket = socket;
    this.#context = context;
    socket.on("data", (chunk) => {
      this.#reader.push(chunk);
      this.#work();
    });
    socket.on("drain", () => {
      if (socket.isPaused()) {
        socket.resume();
        this.#work();
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#closeNode());
  }

  close(): void {
    this.#socket.destroy();
    this.#closeNode();
  }

  #closeNode(): void {
    const control = this.#control;
    this.#control = undefined;
    try {
      control?.close();
    } catch (error) {
      this.#context.onError(error as Error);
    }
  }

  /** Takes frames while there are any and the client keeps up. */
  #work(): void {
    try {
      while (!this.#socket.destroyed) {
        if (this.#socket.writableLength > PAUSE_LIMIT) {
          this.#socket.pause();
          return;
        }
        const frame = this.#reader.next();
        if (frame === undefined) return;
        this.#context.counters.requests++;
        this.#take(frame);
      }
    } catch (error) {
      if (error instanceof FrameError) this.#context.counters.malformedFrames++;
      else this.#context.onError(error as Error);
      this.#socket.destroy();
    }
  }

  #take(frame: Frame): void {
    const body = new BodyReader(frame.body, FORM);
    if (!this.#greeted) {
      if (frame.kind !== FRAME.hello) throw new FrameError("no hello");
      this.#greet(frame.id, body);
      return;
    }
    switch (frame.kind) {
      case FRAME.send: {
        const path = body.string();
        const message = body.rest();
        this.#answer(frame.id, FRAME.send, (control) => ({ errno: control.send(path, message), token: 0 }));
        return;
      }
      case FRAME.sendAscii: {
        const path = body.string();
        const command = body.string();
        const args = body.restString();
        this.#answer(frame.id, FRAME.sendAscii, (control) => control.sendAscii(path, command, args));
        return;
      }
      case FRAME.write: {
        const hook = body.string();
        const packet = body.rest();
        this.#answer(frame.id, FRAME.write, (control) => ({ errno: control.write(hook, packet), token: 0 }));
        return;
      }
      case FRAME.call:
        this.#call(frame.id, body.string(), body.restString("utf8"));
        return;
      default:
        throw new FrameError(`frame kind ${frame.kind}`);
    }
  }

  #greet(id: number, body: BodyReader): void {
    if (body.string() !== MAGIC) throw new FrameError("foreign protocol");
    const version = body.u16();
    const flags = body.u16();
    const name = body.string();
    if (version !== CONTROL_VERSION) {
      this.#refuse(
        id,
        new NgflowError(
          "control-version",
          `the daemon speaks control protocol ${CONTROL_VERSION}, this command ${version}; use the command that came with it`,
          "os",
        ),
      );
      this.#socket.end();
      return;
    }
    if ((flags & FLAG_NO_NODE) === 0) {
      try {
        this.#control = this.#context.open(name, {
          onMessage: (from, message) => this.#event(FRAME.message, from, message),
          onData: (hook, packet) => this.#event(FRAME.data, hook, packet),
        });
      } catch (error) {
        if (!(error instanceof NgError)) throw error;
        this.#refuse(id, new NgflowError("control-node", error.message, "os"));
        this.#socket.end();
        return;
      }
    }
    this.#greeted = true;
    this.#write(FRAME.hello, id, [encodeNumbers(CONTROL_VERSION, this.#control?.nodeId ?? 0)]);
  }

  /** Runs an operation of the socket node; whatever goes wrong inside the graph is an errno for the client. */
  #answer(id: number, kind: number, operate: (control: ControlSocket) => { errno: number; token: number }): void {
    let result = { errno: E.EINVAL as number, token: 0 };
    if (this.#control !== undefined) {
      try {
        result = operate(this.#control);
      } catch (error) {
        if (error instanceof NgError) {
          result.errno = error.errno;
        } else {
          result.errno = E.EIO;
          this.#context.onError(error as Error);
        }
      }
    }
    this.#write(kind, id, [encodeNumbers(result.errno, result.token)]);
  }

  #call(id: number, name: string, json: string): void {
    const request = Object.hasOwn(this.#context.requests, name) ? this.#context.requests[name] : undefined;
    if (request === undefined) {
      this.#refuse(id, new NgflowError("control-request", `this daemon does not know the request "${name}"`, "os"));
      return;
    }
    let args: unknown;
    try {
      args = json === "" ? undefined : JSON.parse(json);
    } catch {
      throw new FrameError("arguments are not JSON");
    }
    Promise.resolve()
      .then(() => request(args))
      .then((value) => {
        if (!this.#socket.destroyed) this.#write(FRAME.call, id, [textBytes(JSON.stringify(value) ?? "null")]);
      })
      .catch((error: unknown) => {
        if (!(error instanceof NgflowError) && !(error instanceof NgError)) this.#context.onError(error as Error);
        if (!this.#socket.destroyed) this.#refuse(id, error as Error);
      });
  }

  #refuse(id: number, error: Error): void {
    const { message } = error;
    const { code, exit } =
      error instanceof NgflowError
        ? error
        : { code: error instanceof NgError ? errnoName(error.errno) : "control-request-failed", exit: EXIT.os };
    this.#write(FRAME.refused, id, [textBytes(JSON.stringify({ code, message, exit }))]);
  }

  #event(kind: number, name: string, bytes: Uint8Array): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.writableLength > EVENT_LIMIT || bytes.length > MAX_EVENT) {
      if (kind === FRAME.data) this.#context.counters.droppedPackets++;
      else this.#context.counters.droppedMessages++;
      return;
    }
    this.#write(kind, 0, [name, bytes]);
  }

  #write(kind: number, id: number, parts: readonly (string | Uint8Array)[]): void {
    this.#socket.write(encodeFrame(kind, id, parts, MAX_RESPONSE, FORM));
  }
}
