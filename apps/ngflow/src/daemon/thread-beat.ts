/** Interval of beats. */
const BEAT_MS = 250;

/** Counts the turns of a thread's event loop in memory that other threads can read. */
export class ThreadBeat {
  /** What is passed to the thread, or to those that watch it. */
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** @param memory of the beat of another thread */
  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Begins to beat in the calling thread. Call the returned function to end. */
  start(): () => void {
    const beat = (): void => void Atomics.add(this.#words, 0, 1);
    beat();
    const timer = setInterval(beat, BEAT_MS).unref();
    return () => clearInterval(timer);
  }

  /** Beats so far, modulo 2^32. */
  read(): number {
    return Atomics.load(this.#words, 0);
  }
}
