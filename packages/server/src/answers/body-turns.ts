import { ApiError } from "../errors.ts";

/** Bodies that wait to be read, and those of them of one caller. */
const MOST_WAITING = 32;
const MOST_OF_CALLER = 8;

interface Waiting {
  readonly caller: string;
  readonly begin: () => void;
}

/**
 * Long bodies are read and parsed one at a time, each for a part of a second in which nothing else runs; other requests
 * are answered between two. Until its turn a body stays where it is, with the sender and in buffers of the system.
 */
export class BodyTurns {
  readonly #waiting: Waiting[] = [];
  #isTaken = false;

  /**
   * Resolves when it is the turn of a body; call what it resolves to when the body is parsed, or given up. It may be
   * called twice.
   * @throws ApiError `too-many-queries`
   */
  async next(caller: string): Promise<() => void> {
    if (this.#isTaken) {
      const own = this.#waiting.filter((each) => each.caller === caller).length;
      if (this.#waiting.length >= MOST_WAITING || own >= MOST_OF_CALLER)
        throw new ApiError("too-many-queries", `${this.#waiting.length} bodies are waiting already; try again shortly`);
      await new Promise<void>((resolve) => this.#waiting.push({ caller, begin: resolve }));
    }
    this.#isTaken = true;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      // Sockets are read before the next one begins.
      if (next === undefined) this.#isTaken = false;
      else setImmediate(next.begin);
    };
  }
}
