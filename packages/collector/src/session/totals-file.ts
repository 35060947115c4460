import { closeSync, mkdirSync, openSync, readSync, renameSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { isWhole, RECORD_WORDS } from "./totals-journal.ts";

/** Name of the file in the state directory. */
const TOTALS_FILE = "totals.bin";
/** Its first eight bytes, "NGTOTAL1" in little-endian words; records follow. */
const MAGIC = Uint32Array.of(0x4f54474e, 0x314c4154);
const RECORD_BYTES = RECORD_WORDS * 4;
/** Records that are read in one call. */
const READ_RECORDS = 16_384;
/** The file is written again when it has grown to so many times what it needs, and to this many bytes at least. */
const TIMES = 3;
const LEAST_BYTES = 4 * 1024 * 1024;

/**
 * The file of running totals: records are appended as flows are reported, so that a collector that is killed knows what
 * it has counted. The latest record of a flow holds.
 */
export class TotalsFile {
  readonly #path: string;
  readonly #stateDir: string;
  readonly #onError: (error: unknown) => void;
  #file: FileHandle | undefined;
  /** The file that will replace it, while that is written. */
  #next: FileHandle | undefined;
  #tail: Promise<void> = Promise.resolve();
  #bytes = 0;
  #wholeBytes = 0;
  /** Whether the file lacks something, so that it has to be written again. */
  isBroken = true;

  /** @param onError called when the file cannot be written */
  constructor(stateDir: string, onError: (error: unknown) => void) {
    this.#stateDir = stateDir;
    this.#path = join(stateDir, TOTALS_FILE);
    this.#onError = onError;
  }

  /**
   * Reads the records of the file, up to the first that is not whole: `each` gets them in pieces.
   * @returns false for a file of another format
   */
  read(each: (records: Uint32Array) => void): boolean {
    let file: number;
    try {
      file = openSync(this.#path, "r");
    } catch {
      return true;
    }
    try {
      const magic = new Uint32Array(MAGIC.length);
      if (readSync(file, magic) !== magic.byteLength || magic.some((word, i) => word !== MAGIC[i])) return false;
      const piece = new Uint32Array(READ_RECORDS * RECORD_WORDS);
      for (;;) {
        const records = Math.floor(readSync(file, piece) / RECORD_BYTES);
        let o = 0;
        while (o < records * RECORD_WORDS && isWhole(piece, o)) o += RECORD_WORDS;
        if (o > 0) each(piece.subarray(0, o));
        if (o < piece.length) return true;
      }
    } finally {
      closeSync(file);
    }
  }

  /** Whether the file should be written again. */
  get isDue(): boolean {
    if (this.#next !== undefined) return false;
    return this.isBroken || this.#bytes > Math.max(LEAST_BYTES, TIMES * this.#wholeBytes);
  }

  /** Appends records. The memory is not used any more when the promise settles; it never rejects. */
  append(records: Uint32Array): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#file !== undefined && !this.isBroken) {
        await writeWhole(this.#file, records);
        this.#bytes += records.byteLength;
      }
      if (this.#next !== undefined) await this.#writeNext(records);
    });
  }

  /** Replaces the file. Pieces are asked for one after another, each in a turn of its own; their memory may be one. */
  async rewrite(pieces: Iterable<Uint32Array>): Promise<void> {
    if (this.#next !== undefined) return;
    const temporary = `${this.#path}.tmp`;
    try {
      mkdirSync(this.#stateDir, { recursive: true });
      this.#next = await open(temporary, "w", 0o600);
      this.#wholeBytes = 0;
      await this.#enqueue(() => this.#writeNext(MAGIC));
      for (const piece of pieces) {
        await this.#enqueue(() => this.#writeNext(piece));
        if (this.#next === undefined) return;
      }
    } catch (error) {
      await this.#fail(error);
    }
    await this.#enqueue(async () => {
      const next = this.#next;
      if (next === undefined) return;
      await next.sync();
      renameSync(temporary, this.#path);
      await this.#file?.close();
      this.#file = next;
      this.#bytes = this.#wholeBytes;
      this.#next = undefined;
      this.isBroken = false;
    });
  }

  /** Waits for what is being written, and closes the file. */
  async close(): Promise<void> {
    await this.#enqueue(async () => {
      await this.#file?.sync();
      await this.#file?.close();
      await this.#next?.close();
      this.#file = this.#next = undefined;
      this.isBroken = true;
    });
  }

  async #writeNext(records: Uint32Array): Promise<void> {
    if (this.#next === undefined) return;
    await writeWhole(this.#next, records);
    this.#wholeBytes += records.byteLength;
  }

  #enqueue(write: () => Promise<void>): Promise<void> {
    return (this.#tail = this.#after(this.#tail, write));
  }

  async #after(before: Promise<void>, write: () => Promise<void>): Promise<void> {
    await before;
    try {
      await write();
    } catch (error) {
      await this.#fail(error);
    }
  }

  async #fail(error: unknown): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    this.isBroken = true;
    this.#onError(error);
    try {
      await next?.close();
    } catch {
      // The error before it was reported.
    }
  }
}

async function writeWhole(file: FileHandle, words: Uint32Array): Promise<void> {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
  }
}
