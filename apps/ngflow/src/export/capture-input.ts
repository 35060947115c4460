import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { CaptureReader } from "@ngflow/wire/capture";
import { ExportError } from "./errors.ts";

const STDIN = 0;

/** A capture file that is open for reading, or standard input. */
export class CaptureInput {
  /** Bytes of a regular file; 0 for anything else. */
  readonly size: number;
  readonly #path: string;
  readonly #fd: number;

  /** @param path or `-` for standard input. @throws ExportError `export-unreadable`. */
  constructor(path: string) {
    this.#path = path;
    if (path === "-") {
      this.#fd = STDIN;
      this.size = 0;
      return;
    }
    try {
      this.#fd = openSync(path, "r");
      const stat = fstatSync(this.#fd);
      if (stat.isDirectory()) throw new Error("it is a directory");
      this.size = stat.isFile() ? stat.size : 0;
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
      throw new ExportError(
        "export-unreadable",
        missing
          ? `${path}: no such file; expected a pcap or pcapng file, or - for standard input`
          : `${path}: cannot read: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  /** Reads the next bytes into the reader's window. Returns 0 at the end. @throws ExportError `export-unreadable`. */
  read(reader: CaptureReader): number {
    for (;;) {
      try {
        return readSync(this.#fd, reader.buffer, reader.writeAt, reader.room, null);
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code === "EOF") return 0;
        if (code === "EAGAIN") {
          // Standard input is non-blocking.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
          continue;
        }
        throw new ExportError("export-unreadable", `${this.#path}: cannot read: ${(cause as Error).message}`, {
          cause,
        });
      }
    }
  }

  close(): void {
    if (this.#fd !== STDIN) closeSync(this.#fd);
  }
}
