import { CAPTURE_MARGIN_BYTES, type CaptureReader } from "@ngflow/wire/capture";
import type { CaptureInput } from "./capture-input.ts";

/** Bytes read at a time: few enough to stay in the processor's caches until they are parsed. */
const CHUNK_BYTES = 1 << 18;
const WINDOW_BYTES = CAPTURE_MARGIN_BYTES + CHUNK_BYTES;
/** Two windows. What is not written to costs address space only. */
export const READ_AHEAD_BYTES = 2 * WINDOW_BYTES;

/** Reads a file into two windows in turn: into one in another thread, while the packets in the other are metered. */
export class ReadAhead {
  readonly #input: CaptureInput;
  readonly #windows: readonly [Uint8Array, Uint8Array];
  #reading: Promise<number>;
  /** The window that is being read into. */
  #number: 0 | 1 = 0;
  #ended = false;

  /** Begins to read. @param memory READ_AHEAD_BYTES for the windows */
  constructor(input: CaptureInput, memory: Uint8Array = new Uint8Array(READ_AHEAD_BYTES)) {
    this.#input = input;
    this.#windows = [memory.subarray(0, WINDOW_BYTES), memory.subarray(WINDOW_BYTES, READ_AHEAD_BYTES)];
    this.#reading = this.#read();
  }

  /** The window that is not being read into. */
  get spare(): Uint8Array {
    return this.#windows[1 - this.#number]!;
  }

  /**
   * Has the reader go on in the window that has been read into, and begins to read into the other.
   * @returns the number of bytes, 0 at the end
   * @throws ExportError `export-unreadable`
   */
  async next(reader: CaptureReader): Promise<number> {
    const bytes = await this.#reading;
    if (bytes === 0) {
      this.#ended = true;
      return 0;
    }
    reader.continueIn(this.#windows[this.#number], bytes);
    this.#number = this.#number === 0 ? 1 : 0;
    this.#reading = this.#read();
    return bytes;
  }

  /** Waits for what is being read: the file may be closed afterwards. */
  async stop(): Promise<void> {
    if (!this.#ended) await this.#reading.catch(() => 0);
  }

  #read(): Promise<number> {
    const reading = this.#input.readAhead(this.#windows[this.#number], CAPTURE_MARGIN_BYTES, CHUNK_BYTES);
    // A failure reaches whoever awaits the promise; until then it must not end the process.
    reading.catch(() => undefined);
    return reading;
  }
}
