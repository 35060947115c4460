import { closeSync, openSync, readSync } from "node:fs";
import { constants, createGunzip, type Gunzip } from "node:zlib";
import { systemReason } from "../output/system-reason.ts";
import { DecodeError } from "./errors.ts";

/** A file of flows, or standard input; what it decompresses to if it is compressed with gzip. */
export interface Input {
  readonly name: string;
  /** Reads what there is, at most all of `into`. Returns the number of bytes, 0 at the end. @throws DecodeError */
  read(into: Uint8Array): Promise<number>;
  close(): void;
}

/** Reads into all of `into` unless the input ends. Returns the number of bytes. @throws DecodeError */
export async function readFully(input: Input, into: Uint8Array): Promise<number> {
  let at = 0;
  while (at < into.length) {
    const n = await input.read(into.subarray(at));
    if (n === 0) break;
    at += n;
  }
  return at;
}

const CHUNK_BYTES = 65_536;
const MAGIC_BYTES = 2;

/** Opens a file; `-` is standard input. @throws DecodeError with exit 66 (no such input) */
export async function openInput(file: string): Promise<Input> {
  const name = file === "-" ? "standard input" : file;
  const fd = file === "-" ? 0 : openFile(file);
  const plain = new PlainInput(name, fd);
  try {
    const magic = new Uint8Array(MAGIC_BYTES);
    const got = await readFully(plain, magic);
    plain.unread(magic.subarray(0, got));
    return got === MAGIC_BYTES && magic[0] === 0x1f && magic[1] === 0x8b ? new GzipInput(plain) : plain;
  } catch (error) {
    plain.close();
    throw error;
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, "r");
  } catch (cause) {
    throw new DecodeError("decode-no-input", `${file}: ${systemReason(cause)}`, { cause });
  }
}

class PlainInput implements Input {
  readonly name: string;
  readonly #fd: number;
  #closed = false;
  #ahead = new Uint8Array(0);

  constructor(name: string, fd: number) {
    this.name = name;
    this.#fd = fd;
  }

  /** Puts back bytes that were read, all of them at once. */
  unread(bytes: Uint8Array): void {
    this.#ahead = bytes.slice();
  }

  async read(into: Uint8Array): Promise<number> {
    // The number of a closed file may be that of another one by now.
    if (this.#closed) return 0;
    const ahead = Math.min(this.#ahead.length, into.length);
    if (ahead > 0) {
      into.set(this.#ahead.subarray(0, ahead));
      this.#ahead = this.#ahead.subarray(ahead);
      return ahead;
    }
    for (;;) {
      try {
        return readSync(this.#fd, into, 0, into.length, null);
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        if (code === "EOF") return 0;
        if (code !== "EAGAIN") {
          throw new DecodeError("decode-read", `${this.name}: cannot be read: ${message}`, { cause });
        }
        // Standard input is non-blocking and has no data yet.
        await new Promise((resolve) => {
          setTimeout(resolve, 10);
        });
        if (this.#closed) return 0;
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#fd !== 0) closeSync(this.#fd);
  }
}

class GzipInput implements Input {
  readonly name: string;
  readonly #plain: PlainInput;
  readonly #gunzip: Gunzip = createGunzip({ finishFlush: constants.Z_FINISH, chunkSize: CHUNK_BYTES });
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk = new Uint8Array(0);

  constructor(plain: PlainInput) {
    this.name = plain.name;
    this.#plain = plain;
    this.#chunks = this.#gunzip[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    void this.#feed();
  }

  async #feed(): Promise<void> {
    try {
      for (;;) {
        const chunk = new Uint8Array(CHUNK_BYTES);
        const n = await this.#plain.read(chunk);
        if (n === 0 || this.#gunzip.destroyed) break;
        if (!this.#gunzip.write(chunk.subarray(0, n))) await this.#drained();
      }
      this.#gunzip.end();
    } catch (error) {
      this.#gunzip.destroy(error as Error);
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#gunzip.off("drain", go).off("close", go);
        resolve();
      };
      this.#gunzip.on("drain", go).on("close", go);
    });
  }

  async read(into: Uint8Array): Promise<number> {
    if (this.#chunk.length === 0 && !(await this.#next())) return 0;
    const part = this.#chunk.subarray(0, into.length);
    into.set(part);
    this.#chunk = this.#chunk.subarray(part.length);
    return part.length;
  }

  async #next(): Promise<boolean> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done === true) return false;
      this.#chunk = new Uint8Array(value);
      return true;
    } catch (cause) {
      if (cause instanceof DecodeError) throw cause;
      const { message } = cause as Error;
      throw new DecodeError("decode-damaged", `${this.name}: the gzip data is damaged: ${message}`, { cause });
    }
  }

  close(): void {
    this.#gunzip.destroy();
    this.#plain.close();
  }
}
