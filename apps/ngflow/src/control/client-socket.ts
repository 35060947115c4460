import type { Socket } from "node:net";
import type { ClientRights } from "./client-rights.ts";
import type { SlotClient } from "./client-slots.ts";
import { type Frame, FrameError, FrameReader, MAX_REQUEST } from "./frame.ts";

/** Most unanswered requests of one client. At the limit, nothing more is read from it. */
const MAX_UNANSWERED = 16;
/** Most bytes waiting for a client. Above it, nothing more is read from it. */
const PAUSE_BYTES = 1024 * 1024;

/** Receives the events of a client's socket. */
export interface ClientSocketEvents {
  /** The first whole frame has come. False if the client is not served: its frames are then dropped. */
  greeted(): boolean;
  /** Whole frames, copied, at most `MAX_UNANSWERED`. */
  frames(frames: readonly Frame[]): void;
  /** This many bytes have left the process. */
  taken(bytes: number): void;
  /** A frame had an impossible length; the connection is closed. */
  malformed(): void;
  /** The client read nothing of the data waiting for it; the connection is closed. */
  stalled(): void;
  /** The client sent no whole frame in time; the connection is closed. */
  silent(): void;
  closed(): void;
}

/** How long a client may take, in milliseconds. */
export interface ClientPatience {
  /** To send its first frame, the hello. */
  readonly helloMs: number;
  /** To read something while data waits for it. */
  readonly stallMs: number;
}

/**
 * One client's socket: cuts its bytes into frames, and stops reading while too many answers are unread or missing. A
 * client that says nothing at first, or does not read what waits for it, is disconnected.
 */
export class ClientSocket implements SlotClient {
  readonly rights: ClientRights;
  readonly #socket: Socket;
  readonly #events: ClientSocketEvents;
  readonly #reader = new FrameReader(MAX_REQUEST);
  readonly #stallMs: number;
  #unanswered = 0;
  #frames = 0;
  #stall: NodeJS.Timeout | undefined;
  #hello: NodeJS.Timeout | undefined;

  constructor(socket: Socket, rights: ClientRights, { helloMs, stallMs }: ClientPatience, events: ClientSocketEvents) {
    this.#socket = socket;
    this.rights = rights;
    this.#events = events;
    this.#stallMs = stallMs;
    this.#hello = setTimeout(() => this.#cutOff(() => events.silent()), helloMs).unref();
    socket.on("data", (chunk) => {
      this.#reader.push(chunk);
      this.#read();
    });
    socket.on("drain", () => this.#goOn());
    socket.on("end", () => this.#endWhenAnswered());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(this.#stall);
      clearTimeout(this.#hello);
      events.closed();
    });
  }

  get hasAsked(): boolean {
    return this.#frames > 1;
  }

  get isIdle(): boolean {
    return this.#unanswered === 0 && this.#socket.writableLength === 0;
  }

  /** Frames from the graph, of which some answer requests. */
  write(bytes: Uint8Array, answers: number): void {
    this.#unanswered -= answers;
    if (this.#socket.destroyed) return;
    this.#socket.write(bytes, (error) => {
      if (error) return;
      this.#events.taken(bytes.length);
      if (this.#socket.writableLength === 0) this.#stopWaiting();
      else this.#stall?.refresh();
    });
    if (this.#socket.writableLength > 0) this.#stall ??= this.#stallTimer();
    this.#goOn();
    this.#endWhenAnswered();
  }

  /** A client that has closed its side still gets the answers to its requests. */
  #endWhenAnswered(): void {
    if (this.#socket.readableEnded && this.#unanswered === 0) this.#socket.end();
  }

  end(): void {
    this.#socket.end();
  }

  /** Closes the connection after one last frame. */
  refuse(frame: Uint8Array): void {
    this.#socket.end(frame, () => this.#socket.destroy());
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #stallTimer(): NodeJS.Timeout {
    return setTimeout(() => this.#cutOff(() => this.#events.stalled()), this.#stallMs).unref();
  }

  #stopWaiting(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
  }

  #cutOff(report: () => void): void {
    report();
    this.#socket.destroy();
  }

  #mayRead(): boolean {
    return this.#unanswered < MAX_UNANSWERED && this.#socket.writableLength <= PAUSE_BYTES;
  }

  #goOn(): void {
    if (!this.#socket.isPaused() || !this.#mayRead()) return;
    this.#socket.resume();
    this.#read();
  }

  /** Passes frames on as long as there are any and the client keeps up. */
  #read(): void {
    const frames: Frame[] = [];
    try {
      while (!this.#socket.destroyed) {
        if (!this.#mayRead()) {
          this.#socket.pause();
          break;
        }
        const frame = this.#reader.next();
        if (frame === undefined) break;
        this.#unanswered++;
        this.#frames++;
        frames.push({ kind: frame.kind, id: frame.id, body: frame.body.slice() });
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#events.malformed();
      this.#socket.destroy();
    }
    if (frames.length === 0) return;
    const isFirst = this.#hello !== undefined;
    clearTimeout(this.#hello);
    this.#hello = undefined;
    if (!isFirst || this.#events.greeted()) this.#events.frames(frames);
  }
}
