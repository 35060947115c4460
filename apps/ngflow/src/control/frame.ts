import { setU16le, setU32le, u16le, u32le } from "@ngflow/base";

/**
 * The control socket's framing. A frame is `length u32, kind u8, id u32, body`, little-endian; `length` counts kind, id
 * and body. `id` is chosen by the client and repeated in the answer; events carry 0. Strings inside a body are
 * `length u16` and bytes; the last item of a body takes what is left. The bytes of a string are those of a node, hook
 * or path as the graph keeps them; clients show them as UTF-8 (`TextForm`).
 */
export const FRAME = {
  /**
   * Client: magic, version u16, flags u16 (bit 0: make no socket node), the node's name (may be empty). Server: version
   * u16, node id u32 (0: none).
   */
  hello: 1,
  /** Client: path string, binary control message. Server: errno u32, token u32. */
  send: 2,
  /** Client: path string, command string, arguments. Server: errno u32, token u32. */
  sendAscii: 3,
  /** Client: hook string, packet. Server: errno u32, token u32 (0). */
  write: 4,
  /** Client: name string, JSON. Server: JSON. For what concerns the daemon and not a node. */
  call: 5,
  /**
   * Server, instead of an answer: JSON of `code`, `message`, `exit` (an NgflowError). With id 0 the whole connection is
   * refused.
   */
  refused: 6,
  /** Server event: sender's address string, binary control message. */
  message: 7,
  /** Server event: hook string, packet. */
  data: 8,
} as const;

/** Version of the protocol, exchanged in `hello`. */
export const CONTROL_VERSION = 1;

/** First bytes of a hello's body: a client of another protocol is detected at once. */
export const MAGIC = "ngflow-control";

/** Hello flag: the client only makes calls and needs no socket node. */
export const FLAG_NO_NODE = 1;

/** Largest frame a client may send: a packet of 64 KiB and room for a path and names. */
export const MAX_REQUEST = 65536 + 1024;

/** Largest frame a server may send: replies and snapshots of big graphs. */
export const MAX_RESPONSE = 64 * 1024 * 1024;

const HEADER = 9;

export interface Frame {
  readonly kind: number;
  readonly id: number;
  /** A view that is valid until the next `push`. */
  readonly body: Uint8Array;
}

/** A frame or string of an impossible length. */
export class FrameError extends Error {
  override name = "FrameError";
}

/** Cuts a byte stream into frames, holding at most one incomplete frame of `limit` bytes and the chunks pushed. */
export class FrameReader {
  readonly #limit: number;
  /** What was pushed and not taken out is from `#at` to `#end`. */
  #buffer: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  /** The buffer is not one of the chunks. */
  #owned = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds bytes; take the frames out with `next` before pushing more. */
  push(chunk: Uint8Array): void {
    const rest = this.#end - this.#at;
    if (rest === 0) {
      this.#buffer = chunk;
      this.#at = 0;
      this.#end = chunk.length;
      this.#owned = false;
      return;
    }
    if (!this.#owned || this.#end + chunk.length > this.#buffer.length) {
      // Twice as much as is needed, so that a long frame of many chunks is copied a few times only.
      const larger = new Uint8Array(2 * (rest + chunk.length));
      larger.set(this.#buffer.subarray(this.#at, this.#end));
      this.#buffer = larger;
      this.#at = 0;
      this.#end = rest;
      this.#owned = true;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** @returns the next complete frame. @throws FrameError on an impossible length. */
  next(): Frame | undefined {
    const left = this.#end - this.#at;
    if (left < 4) return undefined;
    const length = u32le(this.#buffer, this.#at);
    if (length < HEADER - 4 || length > this.#limit) throw new FrameError(`frame of ${length} bytes`);
    if (left < length + 4) return undefined;
    const start = this.#at;
    this.#at += length + 4;
    return {
      kind: this.#buffer[start + 4]!,
      id: u32le(this.#buffer, start + 5),
      body: this.#buffer.subarray(start + HEADER, this.#at),
    };
  }
}

/** Form of strings in this process: decoded text, or the graph's byte strings, one character per byte. */
export type TextForm = "utf8" | "latin1";

/**
 * One frame from parts: strings become counted strings, bytes go in as they are.
 * @throws FrameError when a string is longer than 65535 bytes or the frame is longer than `limit`.
 */
export function encodeFrame(
  kind: number,
  id: number,
  parts: readonly (string | Uint8Array)[],
  limit: number,
  form: TextForm,
): Uint8Array {
  const pieces = parts.map((part) => (typeof part === "string" ? Buffer.from(part, form) : part));
  let length = HEADER;
  parts.forEach((part, i) => {
    length += pieces[i]!.length + (typeof part === "string" ? 2 : 0);
  });
  if (length - 4 > limit) throw new FrameError(`frame of ${length - 4} bytes`);
  const frame = new Uint8Array(length);
  setU32le(frame, 0, length - 4);
  frame[4] = kind;
  setU32le(frame, 5, id);
  let at = HEADER;
  parts.forEach((part, i) => {
    const piece = pieces[i]!;
    if (typeof part === "string") {
      if (piece.length > 0xffff) throw new FrameError(`string of ${piece.length} bytes`);
      setU16le(frame, at, piece.length);
      at += 2;
    }
    frame.set(piece, at);
    at += piece.length;
  });
  return frame;
}

/** The bytes before the body of a frame whose body is sent in parts. @throws FrameError when it is too long. */
export function encodeFrameStart(kind: number, id: number, parts: readonly Uint8Array[], limit: number): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, HEADER);
  if (length - 4 > limit) throw new FrameError(`frame of ${length - 4} bytes`);
  const start = new Uint8Array(HEADER);
  setU32le(start, 0, length - 4);
  start[4] = kind;
  setU32le(start, 5, id);
  return start;
}

/** Reads a body item by item. Every length is checked against the bytes left. */
export class BodyReader {
  readonly #body: Buffer;
  readonly #form: TextForm;
  #at = 0;

  constructor(body: Uint8Array, form: TextForm) {
    this.#body = Buffer.from(body.buffer, body.byteOffset, body.length);
    this.#form = form;
  }

  u16(): number {
    this.#need(2);
    this.#at += 2;
    return u16le(this.#body, this.#at - 2);
  }

  u32(): number {
    this.#need(4);
    this.#at += 4;
    return u32le(this.#body, this.#at - 4);
  }

  string(): string {
    const length = this.u16();
    this.#need(length);
    this.#at += length;
    return this.#body.toString(this.#form, this.#at - length, this.#at);
  }

  /** The rest of the body, copied, so that it outlives the frame. */
  rest(): Uint8Array {
    const rest = new Uint8Array(this.#body.subarray(this.#at));
    this.#at = this.#body.length;
    return rest;
  }

  /** The rest of the body as a string. */
  restString(form = this.#form): string {
    const rest = this.#body.toString(form, this.#at);
    this.#at = this.#body.length;
    return rest;
  }

  #need(bytes: number): void {
    if (this.#body.length - this.#at < bytes) throw new FrameError("frame body ends early");
  }
}

/** The two numbers that answer `send`, `sendAscii` and `write`. */
export function encodeNumbers(...numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  numbers.forEach((number, i) => {
    setU32le(bytes, i * 4, number);
  });
  return bytes;
}

/** UTF-8 bytes of a text, for the last item of a body. */
export function textBytes(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
