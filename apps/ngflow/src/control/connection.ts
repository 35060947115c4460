import { E, ERRNO, EXIT, type Failure, failureOf, NgflowError } from "@ngflow/base";
import { type ControlSocket, type ControlSocketEvents, NgError } from "@ngflow/graph";
import type { ClientRights } from "./client-rights.ts";
import type { RequestCounters, Writable } from "./control-counters.ts";
import { ControlError } from "./errors.ts";
import { JsonParts } from "./json-parts.ts";
import {
  BodyReader,
  CONTROL_VERSION,
  encodeFrame,
  encodeFrameStart,
  encodeNumbers,
  FLAG_NO_NODE,
  FRAME,
  type Frame,
  FrameError,
  MAGIC,
  MAX_RESPONSE,
  textBytes,
} from "./frame.ts";

/** Answers a request to the daemon. @param args the client's JSON, undefined if it sent none. */
export type ControlRequest = (args: unknown, rights: ClientRights) => unknown;

/** Sends frames to a client. */
export interface ClientLink {
  /** Bytes written that the client has not read yet. */
  readonly waitingBytes: number;
  /** The connection is closed. */
  readonly closed: boolean;
  /** @param answers whether the frame answers a request; each request has one answer. */
  write(frame: Uint8Array, answers: boolean): void;
  /** Closes the connection when all that was written has gone out. */
  end(): void;
  /** Closes it at once. */
  destroy(): void;
}

export interface ConnectionContext {
  readonly open: (name: string, events: ControlSocketEvents) => ControlSocket;
  readonly requests: Readonly<Record<string, ControlRequest>>;
  /** What the client may do. */
  readonly rights: ClientRights;
  readonly counters: Writable<RequestCounters>;
  readonly onError: (error: Error) => void;
}

/** Most bytes waiting for a slow client. Above it messages and packets are dropped, as with a full socket buffer. */
const EVENT_LIMIT = 4 * 1024 * 1024;
/** Largest message or packet passed on, so that its frame is within bounds. */
const MAX_EVENT = MAX_RESPONSE - 1024;

/** The graph's text is bytes. */
const FORM = "latin1";

/** `EEXIST` for 17: the code by which a client tells errors of the graph apart. */
function errnoName(errno: number): string {
  return Object.entries(ERRNO).find(([, [number]]) => number === errno)?.[0] ?? `errno-${errno}`;
}

/** An error as it is sent to the client. */
function refusalOf(error: Error): Failure {
  if (error instanceof NgflowError) return failureOf(error);
  const { message } = error;
  if (error instanceof NgError) return { code: errnoName(error.errno), message, exit: EXIT.os };
  return failureOf(new ControlError("control-request-failed", message));
}

/** One client of the control socket in the graph's thread: its socket node and the frames that it sends. */
export class ControlConnection {
  readonly #link: ClientLink;
  readonly #context: ConnectionContext;
  #greeted = false;
  #control: ControlSocket | undefined;

  constructor(link: ClientLink, context: ConnectionContext) {
    this.#link = link;
    this.#context = context;
  }

  /** The client is gone; its node is removed. */
  close(): void {
    const control = this.#control;
    this.#control = undefined;
    try {
      control?.close();
    } catch (error) {
      this.#context.onError(error as Error);
    }
  }

  /** Handles a frame and answers it, now or later. An invalid frame closes the connection. */
  receive(frame: Frame): void {
    if (this.#link.closed) return;
    this.#context.counters.requests++;
    try {
      this.#take(frame);
    } catch (error) {
      if (error instanceof FrameError) this.#context.counters.malformedFrames++;
      else this.#context.onError(error as Error);
      this.#link.destroy();
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
        new ControlError(
          "control-version",
          `the daemon speaks control protocol ${CONTROL_VERSION}, this command ${version}; use the command from the daemon's release`,
        ),
      );
      this.#link.end();
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
        this.#refuse(id, new ControlError("control-node", error.message));
        this.#link.end();
        return;
      }
    }
    this.#greeted = true;
    this.#reply(FRAME.hello, id, [encodeNumbers(CONTROL_VERSION, this.#control?.nodeId ?? 0)]);
  }

  /** Runs an operation of the socket node. An error inside the graph becomes an errno for the client. */
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
    this.#reply(kind, id, [encodeNumbers(result.errno, result.token)]);
  }

  #call(id: number, name: string, json: string): void {
    const request = Object.hasOwn(this.#context.requests, name) ? this.#context.requests[name] : undefined;
    if (request === undefined) {
      this.#refuse(id, new ControlError("control-request-unknown", `this daemon does not know the request "${name}"`));
      return;
    }
    let args: unknown;
    try {
      args = json === "" ? undefined : JSON.parse(json);
    } catch {
      throw new FrameError("arguments are not JSON");
    }
    Promise.resolve()
      .then(() => request(args, this.#context.rights))
      .then((value) => {
        if (this.#link.closed) return;
        if (value instanceof JsonParts) this.#replyParts(FRAME.call, id, value.parts);
        else this.#reply(FRAME.call, id, [textBytes(JSON.stringify(value) ?? "null")]);
      })
      .catch((error: unknown) => {
        if (!(error instanceof NgflowError) && !(error instanceof NgError)) this.#context.onError(error as Error);
        if (!this.#link.closed) this.#refuse(id, error as Error);
      });
  }

  #refuse(id: number, error: Error): void {
    this.#reply(FRAME.refused, id, [textBytes(JSON.stringify(refusalOf(error)))]);
  }

  #event(kind: number, name: string, bytes: Uint8Array): void {
    if (this.#link.closed) return;
    if (this.#link.waitingBytes > EVENT_LIMIT || bytes.length > MAX_EVENT) {
      if (kind === FRAME.data) this.#context.counters.droppedPackets++;
      else this.#context.counters.droppedMessages++;
      return;
    }
    this.#link.write(encodeFrame(kind, 0, [name, bytes], MAX_RESPONSE, FORM), false);
  }

  /** Sends a long answer as it was made: nothing is joined. */
  #replyParts(kind: number, id: number, parts: readonly Uint8Array[]): void {
    this.#link.write(encodeFrameStart(kind, id, parts, MAX_RESPONSE), false);
    for (const [i, part] of parts.entries()) this.#link.write(part, i === parts.length - 1);
  }

  #reply(kind: number, id: number, parts: readonly (string | Uint8Array)[]): void {
    this.#link.write(encodeFrame(kind, id, parts, MAX_RESPONSE, FORM), true);
  }
}
