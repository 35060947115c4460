import type { Socket } from "node:net";
import { type Frame, FrameError, FrameReader, MAX_REQUEST } from "./frame.ts";

/** Most unanswered requests of one client. At the limit, nothing more is read from it. */
const MAX_UNANSWERED = 16;
/** Most bytes waiting for a client. Above it, nothing more is read from it. */
const PAUSE_BYTES = 1024 * 1024;

/** Receives the events of a client's socket. */
export interface ClientSocketEvents {
  /** Whole frames, copied, at most `MAX_UNANSWERED`. */
  frames(frames: readonly Frame[]): void;
  /** This many bytes have left the process. */
  taken(bytes: number): void;
  /** A frame had an impossible length; the connection is closed. */
  malformed(): void;
  /** The client read nothing of the data waiting for it; the connection is closed. */
  stalled(): void;
  closed(): void;
}

/**
 * One client's socket: cuts its bytes into frames, and stops reading while too many answers are unread or missing. A
 * client that reads nothing for `stallMs` while data waits for it is disconnected.
 */
export class ClientSocket {
  readonly #socket: Socket;
  readonly #events: ClientSocketEvents;
  readonly #reader = new FrameReader(MAX_REQUEST);
  readonly #stallMs: number;
  #unanswered = 0;
  #stall: NodeJS.Timeout | undefined;

  constructor(socket: Socket, events: ClientSocketEvents, stallMs: number) {
    this.#socket = socket;
    this.#events = events;
    this.#stallMs = stallMs;
    socket.on("data", (chunk) => {
      this.#reader.push(chunk);
      this.#read();
    });
    socket.on("drain", () => this.#goOn());
    socket.on("end", () => this.#endWhenAnswered());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(this.#stall);
      events.closed();
    });
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
    if (this.#socket.writableLength > 0) this.#stall ??= setTimeout(() => this.#cutOff(), this.#stallMs).unref();
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

  destroy(): void {
    this.#socket.destroy();
  }

  #stopWaiting(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
  }

  #cutOff(): void {
    this.#events.stalled();
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
        frames.push({ kind: frame.kind, id: frame.id, body: frame.body.slice() });
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#events.malformed();
      this.#socket.destroy();
    }
    if (frames.length > 0) this.#events.frames(frames);
  }
}
