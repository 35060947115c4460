import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { ExportError } from "./errors.ts";

const BUFFER_BYTES = 1 << 20;

/**
 * A file of datagrams; `-` is standard output. It is written as `FILE.part` and renamed at the end, so that a command
 * that fails leaves the file that was there before.
 * @throws NgflowError with exit 73 when the file cannot be written, here and later
 */
export class OutputFile {
  readonly #name: string;
  readonly #fd: number;
  readonly #path: string;
  /** Whether it is written in place: standard output, devices and pipes. */
  readonly #inPlace: boolean;
  readonly #writtenTo: string;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  #used = 0;

  constructor(path: string) {
    this.#name = path === "-" ? "standard output" : path;
    const there = statSync(path, { throwIfNoEntry: false });
    this.#path = there === undefined ? path : realpathSync(path);
    this.#inPlace = path === "-" || (there !== undefined && !there.isFile());
    this.#writtenTo = this.#inPlace ? this.#path : `${this.#path}.part`;
    this.#fd = path === "-" ? 1 : this.#attempt(() => openSync(this.#writtenTo, "w"));
  }

  /** Room for `length` bytes, at most 128 KiB, which the caller writes before the next call. */
  reserve(length: number): { readonly buffer: Buffer; readonly at: number } {
    if (this.#used + length > BUFFER_BYTES) this.#flush();
    const at = this.#used;
    this.#used += length;
    return { buffer: this.#buffer, at };
  }

  write(bytes: Uint8Array): void {
    const { buffer, at } = this.reserve(bytes.length);
    buffer.set(bytes, at);
  }

  close(): void {
    this.#flush();
    if (this.#fd === 1) return;
    this.#attempt(() => closeSync(this.#fd));
    if (!this.#inPlace) this.#attempt(() => renameSync(this.#writtenTo, this.#path));
  }

  discard(): void {
    if (this.#fd === 1) return;
    closeSync(this.#fd);
    if (!this.#inPlace) rmSync(this.#writtenTo, { force: true });
  }

  #flush(): void {
    for (let at = 0; at < this.#used;) {
      at += this.#attempt(() => writeSync(this.#fd, this.#buffer, at, this.#used - at));
    }
    this.#used = 0;
  }

  #attempt<T>(call: () => T): T {
    for (;;) {
      try {
        return call();
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === "EAGAIN") {
          // A non-blocking pipe is full: its reader needs time.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
          continue;
        }
        throw new ExportError(
          "export-output",
          `--to ${this.#name}: cannot write: ${(cause as Error).message}; check the path and the space on the disk`,
          { cause },
        );
      }
    }
  }
}
