import { open, stat } from "node:fs/promises";
import { NamesError } from "../errors.ts";
import { type Fetched, MAX_SOURCE_BYTES, type Reader } from "./reader.ts";

/** How often a file is looked at. */
const LOOK_MS = 2000;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a directory",
};

/** Reads a file again when it was replaced or written, once it is the same for two looks in a row. */
export class FileReader implements Reader {
  readonly intervalMs = LOOK_MS;
  readonly #path: string;
  #read = "";
  #seen: string | undefined;
  isSame = false;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Fetched | undefined> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const stamp = `${ino} ${size} ${mtimeMs}`;
      this.isSame = stamp === this.#read;
      if (this.isSame) return undefined;
      const isFirst = this.#seen === undefined;
      const isQuiet = this.#seen === stamp;
      this.#seen = stamp;
      if (!isFirst && !isQuiet) return undefined;
      if (size > MAX_SOURCE_BYTES)
        throw new NamesError("names-unreadable", `it has more than ${MAX_SOURCE_BYTES} bytes`);
      const file = await open(this.#path);
      try {
        const bytes = await file.readFile();
        this.#read = stamp;
        return { bytes, madeAtMs: mtimeMs };
      } finally {
        await file.close();
      }
    } catch (cause) {
      if (cause instanceof NamesError) throw cause;
      const { code = "", message } = cause as NodeJS.ErrnoException;
      this.#read = "";
      throw new NamesError("names-unreadable", REASONS[code] ?? message, { cause });
    }
  }
}
